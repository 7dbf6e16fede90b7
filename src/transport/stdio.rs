//! stdio: the client's process owns ours. The end of its input ends us, once the calls under way are answered.

use std::collections::HashSet;
use std::time::Duration;

use rmcp::ServiceExt;
use rmcp::model::{ClientNotification, JsonRpcMessage, RequestId};
use rmcp::service::{QuitReason, RoleServer, RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::{Transport, stdio_pipes};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::server::Server;

/// Longest line that is read: larger ones are skipped by the transport.
const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// Serves one client until its input ends or `stop` fires. Calls under way at the end of input are answered within
/// `drain`. A peer that leaves before it introduced itself is no error.
pub(crate) async fn serve(server: Server, drain: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    let (input, output) = stdio_pipes();
    let transport =
        Drained::new(AsyncRwTransport::new_server(input, output).with_max_line_length(LONGEST_LINE), drain);
    let running = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        running = server.serve_with_ct(transport, stop.child_token()) => match running {
            Ok(running) => running,
            Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
            Err(error) => return Err(error.into()),
        },
    };
    match running.waiting().await? {
        QuitReason::JoinError(error) => Err(error.into()),
        reason => {
            tracing::debug!(?reason, "the session ended");
            Ok(())
        }
    }
}

/// A transport whose end of input waits until every request has its answer, within a bound: a script that pipes
/// requests in and closes its end still gets all answers.
struct Drained<T> {
    inner: T,
    drain: Duration,
    unanswered: HashSet<RequestId>,
    ended: Option<Instant>,
}

impl<T> Drained<T> {
    fn new(inner: T, drain: Duration) -> Self {
        Self { inner, drain, unanswered: HashSet::new(), ended: None }
    }

    fn note_received(&mut self, message: &RxJsonRpcMessage<RoleServer>) {
        match message {
            JsonRpcMessage::Request(request) => {
                self.unanswered.insert(request.id.clone());
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.unanswered.remove(id);
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Drained<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        match &item {
            JsonRpcMessage::Response(response) => {
                self.unanswered.remove(&response.id);
            }
            JsonRpcMessage::Error(error) => {
                if let Some(id) = &error.id {
                    self.unanswered.remove(id);
                }
            }
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => {}
        }
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        if self.ended.is_none() {
            match self.inner.receive().await {
                Some(message) => {
                    self.note_received(&message);
                    return Some(message);
                }
                None => self.ended = Some(Instant::now()),
            }
        }
        // The service drops and repeats this call whenever an answer goes out, which is when the set may have
        // become empty; the deadline is counted from the end of input.
        if !self.unanswered.is_empty() {
            let deadline = self.ended.unwrap_or_else(Instant::now) + self.drain;
            tokio::time::sleep_until(deadline).await;
            tracing::warn!(calls = self.unanswered.len(), "input ended long ago; calls are given up");
        }
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
