//! COPY in segments under savepoints. When PostgreSQL refuses a row that the client let pass (a type that only the server
//! knows, a constraint of the table), the segment is taken back and sent again without that row. Where the answer names no
//! row (a foreign key is looked up after all rows), the segment is halved until one row is left. So the good rows of a file
//! do not fall with a bad one. A staging table has types and no constraints: those of the target are met in publication,
//! and stop the load.

use bytes::Bytes;
use memchr::memchr_iter;
use pgwright_postgres::{CopyFailure, DatabaseError, WriteSession};
use tokio::sync::mpsc;

use crate::contract::{Broken, Fault};
use crate::error::RunError;
use crate::meter::Meter;
use crate::patience::Patience;
use crate::quarantine::Quarantine;
use crate::source::SourceFile;
use crate::source::reader::{self, Batch, Origin, Refused};

/// What is sent again, at most, when a row is refused; small enough to be cheap, large enough to cost no time otherwise.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;
/// What was sent so far stays, whatever happens to what follows.
const KEEP: &str = "release savepoint pgwright_segment; savepoint pgwright_segment";
/// Rows of one file that PostgreSQL itself may refuse.
const SERVER_REFUSALS: u64 = 1_000;

/// One file on its way into a table.
pub(crate) struct Copy<'a> {
    pub(crate) session: &'a WriteSession,
    pub(crate) statement: &'a str,
    /// The bare name of the table in the statement.
    pub(crate) table: &'a str,
    pub(crate) file: &'a SourceFile,
    pub(crate) quarantine: &'a mut Quarantine,
    pub(crate) meter: &'a mut Meter,
    pub(crate) patience: &'a Patience,
}

#[derive(Default)]
struct Segment {
    data: Vec<Bytes>,
    bytes: usize,
    origins: Vec<Origin>,
}

impl Copy<'_> {
    /// Loads all batches; returns the number of rows that PostgreSQL accepted.
    pub(crate) async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<u64, RunError> {
        let mut accepted = 0;
        let mut refusals = 0;
        self.session.batch("savepoint pgwright_segment").await?;
        let mut ended = false;
        while !ended {
            let mut copy = self.session.copy_in(self.statement).await?;
            let mut segment = Segment::default();
            while segment.bytes < SEGMENT_BYTES && !self.quarantine.is_full() {
                let Some(batch) = self.patience.wait(batches.recv()).await? else {
                    ended = true;
                    break;
                };
                for refused in batch.refused {
                    self.quarantine.put(refused);
                }
                segment.bytes += batch.data.len();
                segment.origins.extend(batch.origins);
                segment.data.push(batch.data.clone());
                if !batch.data.is_empty() {
                    copy.send(batch.data).await?;
                }
                self.meter.report(accepted + segment.origins.len() as u64, batch.position);
            }
            accepted += match copy.finish(self.table).await {
                Ok(rows) => rows,
                Err(failure) => self.without_refused(segment, failure, &mut refusals).await?,
            };
            self.quarantine.flush(self.session).await?;
            // Only now: what a later segment takes back must not hold this one's refused rows.
            self.session.batch(KEEP).await?;
        }
        Ok(accepted)
    }

    /// Sends a segment again in pieces around the rows that PostgreSQL refuses.
    async fn without_refused(
        &mut self,
        segment: Segment,
        failure: CopyFailure,
        refusals: &mut u64,
    ) -> Result<u64, RunError> {
        let lines = Lines::of(&segment);
        let mut accepted = 0;
        let mut pieces = Vec::new();
        self.put_aside(&segment, (0, lines.count()), failure, &mut pieces, refusals).await?;
        while let Some((from, to)) = pieces.pop() {
            if from == to {
                continue;
            }
            let mut copy = self.session.copy_in(self.statement).await?;
            copy.send(lines.range(from, to)).await?;
            match copy.finish(self.table).await {
                Ok(rows) => {
                    accepted += rows;
                    self.session.batch(KEEP).await?;
                }
                Err(failure) => {
                    self.put_aside(&segment, (from, to), failure, &mut pieces, refusals).await?;
                }
            }
        }
        Ok(accepted)
    }

    async fn put_aside(
        &mut self,
        segment: &Segment,
        (from, to): (usize, usize),
        failure: CopyFailure,
        pieces: &mut Vec<(usize, usize)>,
        refusals: &mut u64,
    ) -> Result<(), RunError> {
        let CopyFailure { error, row } = failure;
        let named = row.and_then(|row| from.checked_add(usize::try_from(row).ok()?.checked_sub(1)?));
        let DatabaseError::Sql { code, message, .. } = &error else { return Err(error.into()) };
        let refused = match named {
            Some(row) if row < to => row,
            // A constraint that is judged when all rows are there.
            None if code.starts_with("23") && to - from == 1 => from,
            None if code.starts_with("23") && to > from => {
                self.session.batch("rollback to savepoint pgwright_segment").await?;
                let half = from + (to - from) / 2;
                pieces.push((half, to));
                pieces.push((from, half));
                return Ok(());
            }
            _ => return Err(error.into()),
        };
        let Some(origin) = segment.origins.get(refused).copied() else { return Err(error.into()) };
        *refusals += 1;
        if *refusals > SERVER_REFUSALS {
            return Err(RunError::TooManyRefusals {
                file: self.file.shown.clone(),
                line: origin.place.line,
                limit: SERVER_REFUSALS,
                code: code.clone(),
                message: message.clone(),
            });
        }
        let broken = Broken::Server { code: code.clone(), message: message.clone() };
        self.session.batch("rollback to savepoint pgwright_segment").await?;
        let file = self.file.clone();
        let raw = crate::source::off_thread(move || reader::raw(&file, origin)).await?;
        self.quarantine.put(Refused {
            place: origin.place,
            raw,
            faults: vec![Fault { column: None, broken }],
        });
        // The rows before it are sent first: the stack's top.
        pieces.push((refused + 1, to));
        pieces.push((from, refused));
        Ok(())
    }
}

/// A segment's lines, to be sent in parts.
struct Lines {
    data: Bytes,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Lines {
    fn of(segment: &Segment) -> Self {
        let data = Bytes::from(segment.data.concat());
        let ends = memchr_iter(b'\n', &data).map(|at| at + 1).collect();
        Self { data, ends }
    }

    fn count(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, from: usize, to: usize) -> Bytes {
        let end = |lines: usize| {
            if lines == 0 { 0 } else { self.ends.get(lines - 1).copied().unwrap_or(self.data.len()) }
        };
        self.data.slice(end(from)..end(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_they_end() {
        let segment =
            Segment { data: vec![Bytes::from("a\nb"), Bytes::from("b\nc\n")], ..Segment::default() };
        let lines = Lines::of(&segment);
        assert_eq!(lines.count(), 3);
        assert_eq!(lines.range(0, 1), "a\n");
        assert_eq!(lines.range(1, 3), "bb\nc\n");
        assert_eq!(lines.range(3, 3), "");
    }
}
