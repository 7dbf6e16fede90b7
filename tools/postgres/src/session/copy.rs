//! `COPY … FROM STDIN` under a session's cancellation and deadline.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use super::lease::Lease;
use crate::errors::DatabaseError;

/// A running COPY into a table.
pub struct CopyIn<'a> {
    lease: &'a Lease,
    sink: Pin<Box<CopyInSink<Bytes>>>,
}

impl<'a> CopyIn<'a> {
    pub(super) fn new(lease: &'a Lease, sink: CopyInSink<Bytes>) -> Self {
        Self { lease, sink: Box::pin(sink) }
    }

    /// Sends one piece of the data; waits while the server is slower than the source.
    pub async fn send(&mut self, data: Bytes) -> Result<(), DatabaseError> {
        let sink = &mut self.sink;
        self.lease.run("COPY", |_| async move { sink.send(data).await }).await
    }

    /// Ends the COPY and returns the number of rows it loaded.
    pub async fn finish(mut self) -> Result<u64, DatabaseError> {
        let sink = &mut self.sink;
        self.lease.run("COPY", |_| async move { sink.as_mut().finish().await }).await
    }
}
