//! Reads the whole trail and says whether it is as it was written: every record in its place, from the beginning that
//! the checkpoint names to the record that it sealed, and on to the end.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use super::Place;
use super::chain::{self, Hash, Link};
use super::error::AuditError;
use super::log::{self, Locked};
use super::seal::Checkpoint;

/// More problems than these are only counted.
const SHOWN: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) records: u64,
    pub(crate) files: usize,
    /// First and last record's number and time.
    pub(crate) first: Option<(u64, String)>,
    pub(crate) last: Option<(u64, String)>,
    /// The last record that the checkpoint covers.
    pub(crate) sealed: u64,
    pub(crate) problems: Vec<Problem>,
    /// The last line was not written to its end: a crash, or a full disk.
    pub(crate) torn: bool,
}

/// Where the trail is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The number of the file, and of the line in it; 0 where it is about the trail as a whole.
    pub(crate) file: u32,
    pub(crate) line: u64,
    pub(crate) what: Fault,
}

/// How a record is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("this is not a record: it was changed, or put in")]
    Unreadable,
    #[error("record {0} was changed: its hash is not that of its content")]
    Changed(u64),
    #[error("records {0} to {1} are missing in front of this one")]
    Missing(u64, u64),
    #[error("record {found} stands where record {expected} should: it was moved, repeated or put in")]
    OutOfOrder { found: u64, expected: u64 },
    #[error("record {0} does not follow the one before it: one of them was replaced")]
    Unlinked(u64),
    #[error("the file is missing")]
    FileMissing,
    #[error("the log ends with record {last}, but record {sealed} was sealed: its end was cut off")]
    CutOff { last: u64, sealed: u64 },
    #[error("record {0} is not the one that was sealed: the trail was made anew")]
    Rewritten(u64),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file, self.line) {
            (0, _) => write!(f, "{}", self.what),
            (file, 0) => write!(f, "{file:06}.jsonl: {}", self.what),
            (file, line) => write!(f, "{file:06}.jsonl, line {line}: {}", self.what),
        }
    }
}

/// Verifies the trail at that place.
pub(crate) fn verify(place: &Place) -> Result<Report, AuditError> {
    let no_trail = || AuditError::NoTrail { path: place.log.clone() };
    let lock_path = log::lock_path(&place.log);
    // Appends wait until the extent is known, not until it is read.
    let (checkpoint, files) = {
        let lock = File::open(&lock_path).ok();
        let _locked = lock.as_ref().map(|lock| Locked::shared(lock, &lock_path)).transpose()?;
        let checkpoint = place.seal().read()?;
        (checkpoint, extent(place)?)
    };
    let Some(checkpoint) = checkpoint else {
        let has_records = files.iter().any(|(_, _, length)| *length > 0);
        let path = place.seal.clone();
        return Err(if has_records { AuditError::NoCheckpoint { path } } else { no_trail() });
    };
    let mut walk = Walk::new(&checkpoint);
    for (number, file, length) in files {
        walk.file(number, file, length).map_err(AuditError::io("read", &log::file(&place.log, number)))?;
    }
    Ok(walk.end(&checkpoint))
}

/// Every file with its length now.
fn extent(place: &Place) -> Result<Vec<(u32, File, u64)>, AuditError> {
    let open = |number| {
        let path = log::file(&place.log, number);
        let file = File::open(&path).map_err(AuditError::io("open", &path))?;
        let length = file.metadata().map_err(AuditError::io("read", &path))?.len();
        Ok((number, file, length))
    };
    log::files(&place.log)?.into_iter().map(open).collect()
}

struct Walk<'a> {
    report: Report,
    checkpoint: &'a Checkpoint,
    /// The file that should come next.
    file: u32,
    /// The record that should come next and what it follows; `None` behind a line that could not be read.
    expected: Option<(u64, Hash)>,
    sealed_is_there: bool,
}

impl<'a> Walk<'a> {
    fn new(checkpoint: &'a Checkpoint) -> Self {
        let beginning = &checkpoint.beginning;
        Self {
            report: Report { sealed: checkpoint.head.seq, ..Report::default() },
            checkpoint,
            file: beginning.file,
            expected: Some((beginning.seq + 1, beginning.hash)),
            sealed_is_there: checkpoint.head.seq == 0,
        }
    }

    fn problem(&mut self, file: u32, line: u64, what: Fault) {
        self.report.problems.push(Problem { file, line, what });
    }

    fn file(&mut self, number: u32, file: File, length: u64) -> std::io::Result<()> {
        // What retention was about to remove.
        if number < self.checkpoint.beginning.file {
            return Ok(());
        }
        for missing in self.file..number {
            self.problem(missing, 0, Fault::FileMissing);
        }
        self.file = number + 1;
        self.report.files += 1;
        let mut lines = BufReader::new(file.take(length));
        let (mut line, mut at) = (Vec::new(), 0);
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            at += 1;
            // A line that was cut short is not sealed; the next append removes it and says so.
            match line.strip_suffix(b"\n") {
                Some(line) => self.line(number, at, chain::read(line)),
                None => self.report.torn = true,
            }
        }
    }

    fn line(&mut self, file: u32, at: u64, link: Option<Link>) {
        self.report.records += 1;
        let Some(link) = link else {
            self.problem(file, at, Fault::Unreadable);
            self.expected = None;
            return;
        };
        if !link.intact {
            self.problem(file, at, Fault::Changed(link.seq));
        } else if let Some((expected, prev)) = self.expected {
            if link.seq > expected {
                self.problem(file, at, Fault::Missing(expected, link.seq - 1));
            } else if link.seq < expected {
                self.problem(file, at, Fault::OutOfOrder { found: link.seq, expected });
            } else if link.prev != prev {
                self.problem(file, at, Fault::Unlinked(link.seq));
            }
        }
        self.expected = Some((link.seq.saturating_add(1), link.hash));
        // Its place in the file moves when a record before it is taken out, which is a finding of its own.
        let head = &self.checkpoint.head;
        self.sealed_is_there |= (link.seq, link.hash) == (head.seq, head.hash);
        let place = (link.seq, link.time);
        self.report.first.get_or_insert_with(|| place.clone());
        self.report.last = Some(place);
    }

    fn end(mut self, checkpoint: &Checkpoint) -> Report {
        let sealed = checkpoint.head.seq;
        let last = self.report.last.as_ref().map_or(0, |(seq, _)| *seq);
        if last < sealed {
            self.problem(0, 0, Fault::CutOff { last, sealed });
        } else if !self.sealed_is_there && self.report.is_intact() {
            self.problem(0, 0, Fault::Rewritten(sealed));
        }
        self.report
    }
}

impl Report {
    /// Whether the trail is as it was written.
    pub(crate) fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (records, files) = (self.records, self.files);
        match (self.problems.len(), &self.first, &self.last) {
            (0, Some((first, since)), Some((last, until))) => {
                writeln!(f, "intact: records {first} to {last} in {files} file(s), {since} to {until}")?;
            }
            (0, ..) => writeln!(f, "intact: no record yet")?,
            (problems, ..) => {
                writeln!(f, "NOT intact: {problems} problem(s) in {records} records")?;
                for problem in self.problems.iter().take(SHOWN) {
                    writeln!(f, "  {problem}")?;
                }
                if problems > SHOWN {
                    writeln!(f, "  and {} more", problems - SHOWN)?;
                }
            }
        }
        let open = self.last.as_ref().map_or(0, |(last, _)| last.saturating_sub(self.sealed));
        write!(f, "the checkpoint seals record {}", self.sealed)?;
        if open > 0 {
            write!(f, "; {open} behind it are chained but not sealed yet")?;
        }
        if self.torn {
            write!(f, "; the last line was cut short by a crash or a full disk")?;
        }
        Ok(())
    }
}
