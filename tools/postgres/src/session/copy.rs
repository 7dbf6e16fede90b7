//! `COPY … FROM STDIN` under a session's cancellation and deadline.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::error::DbError;
use tokio_postgres::{CopyInSink, Error};

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

    /// Ends the COPY and returns the number of rows it loaded. In the text format a row is a line, so a failure says
    /// which of the rows sent was refused; `table`, the table's name without its schema, is what PostgreSQL's answer calls
    /// the COPY by.
    pub async fn finish(mut self, table: &str) -> Result<u64, CopyFailure> {
        let sink = &mut self.sink;
        let mut row = None;
        let refused = &mut row;
        let outcome = self
            .lease
            .run("COPY", |_| async move {
                let outcome = sink.as_mut().finish().await;
                let answer = outcome.as_ref().err().and_then(Error::as_db_error);
                *refused = answer.and_then(|answer| refused_row(answer, table));
                outcome
            })
            .await;
        let rows = outcome.map_err(|error| CopyFailure { error, row })?;
        self.lease.trace().wrote(rows);
        Ok(rows)
    }
}

/// Why a COPY failed, and at which row.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct CopyFailure {
    /// What PostgreSQL said.
    #[source]
    pub error: DatabaseError,
    /// The row that PostgreSQL refused, counted from 1 in the order sent. Only where the row's data are at fault.
    pub row: Option<u64>,
}

impl From<CopyFailure> for DatabaseError {
    fn from(failure: CopyFailure) -> Self {
        failure.error
    }
}

/// CONTEXT says `COPY table, line 7, column …: "value"`, its words in the server's language. Only the number is kept.
fn refused_row(refused: &DbError, table: &str) -> Option<u64> {
    let data = refused.code().code().starts_with("22") || refused.code().code().starts_with("23");
    row_in_context(refused.where_().filter(|_| data)?, table)
}

/// The table's name is stepped over first: it may look like a place itself.
fn row_in_context(context: &str, table: &str) -> Option<u64> {
    let copy = format!("COPY {table}");
    let starts_line = |at: usize| at == 0 || context.as_bytes().get(at - 1) == Some(&b'\n');
    let (at, _) = context.match_indices(&copy).find(|(at, _)| starts_line(*at))?;
    let place = context[at + copy.len()..].lines().next()?;
    let digits = place.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::row_in_context;

    #[test]
    fn the_row_is_read_from_the_context_in_any_language() {
        assert_eq!(row_in_context("COPY feed, line 7, column qty: \"12 monkeys\"", "feed"), Some(7));
        assert_eq!(row_in_context("COPY t2, Zeile 31: \"a, b 9\"", "t2"), Some(31));
        assert_eq!(row_in_context("PL/pgSQL function f() line 3 at RAISE", "feed"), None);
        assert_eq!(
            row_in_context("PL/pgSQL function f() line 3 at RAISE\nCOPY feed, line 7: \"x\"", "feed"),
            Some(7)
        );
        assert_eq!(row_in_context("COPY feed", "feed"), None);
    }

    #[test]
    fn a_tables_name_is_not_taken_for_a_place() {
        for name in ["weird, 12", "a, line 5, b", "two\nlines 3"] {
            assert_eq!(row_in_context(&format!("COPY {name}, line 2: \"9\""), name), Some(2), "{name}");
        }
    }
}
