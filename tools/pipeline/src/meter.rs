//! Progress of a run: bytes of all files, never going back although an attempt starts over, a few reports a second.

use std::time::{Duration, Instant};

use pgwright_contract::{Progress, units};

const PAUSE: Duration = Duration::from_millis(250);

/// Reports how far a run is.
pub(crate) struct Meter {
    progress: Progress,
    total: u64,
    files: usize,
    /// Bytes of the files that are done, their number, and the present file's name.
    before: u64,
    number: usize,
    name: String,
    furthest: u64,
    last: Option<Instant>,
}

impl Meter {
    pub(crate) fn new(progress: Progress, files: usize, total: u64) -> Self {
        Self { progress, total, files, before: 0, number: 0, name: String::new(), furthest: 0, last: None }
    }

    /// A file begins, after files of `before` bytes.
    pub(crate) fn begin(&mut self, number: usize, name: &str, before: u64) {
        self.number = number;
        self.before = before;
        name.clone_into(&mut self.name);
    }

    /// The present file is read up to this byte, with that many rows accepted.
    pub(crate) fn report(&mut self, rows: u64, position: u64) {
        self.furthest = self.furthest.max(self.before + position);
        if self.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        self.last = Some(Instant::now());
        #[allow(clippy::cast_precision_loss, reason = "a report of progress")]
        let (done, total, rows) = (self.furthest as f64, self.total.max(self.furthest) as f64, rows as f64);
        let message =
            format!("{}: {} rows (file {} of {})", self.name, units::count(rows), self.number, self.files);
        self.progress.report(done, Some(total), &message);
    }
}
