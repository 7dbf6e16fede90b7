//! The log: numbered files of chained lines, which all pgwright processes of a directory append to.
//!
//! A lock is held for one append, a few microseconds; whoever finds that another process wrote, reads its end first. So
//! there is one chain, in the order in which calls ended.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::chain::{self, Hash, Link};
use super::clock;
use super::error::AuditError;

/// A place in the log: behind this record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the file.
    pub(super) file: u32,
    /// Where in the file the record ends.
    pub(super) bytes: u64,
    /// 0: before the first record.
    pub(super) seq: u64,
    pub(super) hash: Hash,
}

/// How long a checkpoint waits for that of another process, and how often it looks.
const CHECKPOINT_WAITS: Duration = Duration::from_secs(2);
const LOOKS_EVERY: Duration = Duration::from_millis(2);

/// A lock on a file, until it is dropped.
pub(super) struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    pub(super) fn exclusive(file: &'a File, path: &Path) -> Result<Self, AuditError> {
        Self::take(file, path, FlockOperation::LockExclusive)
    }

    /// Gives up when another process holds it for long: one that was stopped would hold up the end of this one.
    pub(super) fn soon(file: &'a File, path: &Path) -> Result<Self, AuditError> {
        let begun = Instant::now();
        loop {
            match flock(file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self(file)),
                Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() > CHECKPOINT_WAITS => {
                    return Err(AuditError::Held { path: path.to_owned() });
                }
                Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {
                    std::thread::sleep(LOOKS_EVERY);
                }
                Err(error) => return Err(AuditError::io("lock", path)(error.into())),
            }
        }
    }

    pub(super) fn shared(file: &'a File, path: &Path) -> Result<Self, AuditError> {
        Self::take(file, path, FlockOperation::LockShared)
    }

    fn take(file: &'a File, path: &Path, how: FlockOperation) -> Result<Self, AuditError> {
        loop {
            match flock(file, how) {
                Ok(()) => return Ok(Self(file)),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(AuditError::io("lock", path)(error.into())),
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // The kernel lets go of it with the file in any case.
        let _unlocked = flock(self.0, FlockOperation::Unlock);
    }
}

/// Makes a directory that only its owner may look into.
pub(super) fn private_directory(directory: &Path) -> Result<(), AuditError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(AuditError::io("make", directory))
}

/// Opens a file that only its owner may read, made where it is missing.
pub(super) fn private_file(path: &Path) -> Result<File, AuditError> {
    let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    opened.map_err(AuditError::io("open", path))
}

/// The file of that number.
pub(super) fn file(directory: &Path, number: u32) -> PathBuf {
    directory.join(format!("{number:06}.jsonl"))
}

/// The lock of a directory.
pub(super) fn lock_path(directory: &Path) -> PathBuf {
    directory.join("lock")
}

/// The numbers of the files there are, in order.
pub(super) fn files(directory: &Path) -> Result<Vec<u32>, AuditError> {
    let mut numbers = Vec::new();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(numbers),
        entries => entries.map_err(AuditError::io("list", directory))?,
    };
    for entry in entries {
        let name = entry.map_err(AuditError::io("list", directory))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Whether the record that this head stands behind is in its place.
pub(super) fn holds(directory: &Path, head: &Head) -> bool {
    if head.seq == 0 {
        return true;
    }
    let end = format!("\"hash\":\"{}\"}}\n", head.hash);
    let read = || -> io::Result<Vec<u8>> {
        let mut found = vec![0; end.len()];
        let at = head.bytes.checked_sub(end.len() as u64).ok_or(io::ErrorKind::InvalidData)?;
        File::open(file(directory, head.file))?.read_exact_at(&mut found, at)?;
        Ok(found)
    };
    read().is_ok_and(|found| found == end.as_bytes())
}

/// The last record of a file; `None` where there is none, or no such file.
pub(super) fn last_link(directory: &Path, number: u32) -> Result<Option<Link>, AuditError> {
    let path = file(directory, number);
    match File::open(&path).and_then(|mut file| last_line(&mut file)) {
        Ok(end) => Ok(end.link),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AuditError::io("read", &path)(error)),
    }
}

/// The end of a file: its last whole line, and what stands behind that.
struct End {
    /// `None`: the line is no record, or there is no line.
    link: Option<Link>,
    /// Where the last whole line ends.
    whole: u64,
    /// How many bytes stand behind it: of a record whose writing was cut short.
    torn: u64,
}

fn last_line(file: &mut File) -> io::Result<End> {
    let length = file.metadata()?.len();
    let mut taken = 16 * 1024;
    loop {
        let from = length.saturating_sub(taken);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        Read::take(&mut *file, length - from).read_to_end(&mut bytes)?;
        let ends: Vec<usize> =
            bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
        let start = match ends.as_slice() {
            [.., before, _] => Some(before + 1),
            _ if from == 0 => Some(0),
            _ => None,
        };
        let Some(start) = start else {
            taken *= 4;
            continue;
        };
        let Some(end) = ends.last() else {
            return Ok(End { link: None, whole: 0, torn: length });
        };
        let link = bytes.get(start..*end).and_then(chain::read).filter(|link| link.intact);
        let whole = from + *end as u64 + 1;
        return Ok(End { link, whole, torn: length - whole });
    }
}

/// The file that is appended to, and its end as this process knows it.
struct Current {
    file: Arc<File>,
    path: PathBuf,
    head: Head,
    /// The day of the last record.
    day: String,
    /// What stood behind the last record when the file was opened, until a record says so.
    torn: u64,
}

/// The log of a directory, for appending.
pub(super) struct Log {
    directory: PathBuf,
    rotate_bytes: u64,
    /// What the first record of all follows.
    genesis: Hash,
    lock: File,
    current: Option<Current>,
}

/// What a record says beside the call: what the log lacks in front of it.
#[derive(Serialize)]
struct Gapped<'a, R> {
    #[serde(flatten)]
    record: &'a R,
    /// Bytes of a record whose writing was cut short (a crash, a full disk); they were removed.
    #[serde(skip_serializing_if = "is_zero")]
    torn_bytes: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Log {
    /// Opens the log of a directory, made where it is missing.
    pub(super) fn open(directory: &Path, rotate_bytes: u64, genesis: Hash) -> Result<Self, AuditError> {
        private_directory(directory)?;
        let lock = private_file(&lock_path(directory))?;
        Ok(Self { directory: directory.to_owned(), rotate_bytes, genesis, lock, current: None })
    }

    /// Appends a record that says `time`, and returns where the log then ends. What could be written only in part is
    /// taken back.
    pub(super) fn append(&mut self, time: &str, record: &impl Serialize) -> Result<Head, AuditError> {
        let lock = self.lock.try_clone().map_err(AuditError::io("lock", &self.directory))?;
        let _locked = Locked::exclusive(&lock, &self.directory)?;
        let current = self.current(time)?;
        let gapped = Gapped { record, torn_bytes: current.torn };
        let seq = current.head.seq + 1;
        let (mut line, hash) = chain::write(seq, current.head.hash, &gapped)?;
        line.push('\n');
        if let Err(error) = (&*current.file).write_all(line.as_bytes()) {
            // Nobody else writes while the lock is held; where even this fails, the next append finds the torn line.
            let _taken_back = current.file.set_len(current.head.bytes);
            let failed = AuditError::io("write", &current.path)(error);
            self.current = None;
            return Err(failed);
        }
        let bytes = current.head.bytes + line.len() as u64;
        current.head = Head { file: current.head.file, bytes, seq, hash };
        clock::day(time).clone_into(&mut current.day);
        current.torn = 0;
        Ok(current.head.clone())
    }

    /// Where the log ends as far as this process wrote it, with the file to make that survive a loss of power; `None`
    /// before its first record.
    pub(super) fn end(&self) -> Option<(Arc<File>, Head)> {
        self.current.as_ref().map(|current| (Arc::clone(&current.file), current.head.clone()))
    }

    /// The file to append to, its end as it is now. The lock is held.
    fn current(&mut self, time: &str) -> Result<&mut Current, AuditError> {
        let known = match self.current.take() {
            Some(current) if self.is_still_last(&current) => current,
            _ => self.last()?,
        };
        let full = known.head.seq > 0
            && known.head.bytes > 0
            && (known.head.bytes >= self.rotate_bytes || known.day != clock::day(time));
        let current = if full { self.next(known)? } else { known };
        Ok(self.current.insert(current))
    }

    /// Whether nobody else appended, began another file, or took this one away.
    fn is_still_last(&self, current: &Current) -> bool {
        let unchanged = |found: fs::Metadata| found.nlink() > 0 && found.len() == current.head.bytes;
        current.file.metadata().is_ok_and(unchanged)
            && !fs::exists(file(&self.directory, current.head.file + 1)).unwrap_or(true)
    }

    fn last(&self) -> Result<Current, AuditError> {
        let number = files(&self.directory)?.last().copied();
        let path = file(&self.directory, number.unwrap_or(1));
        let mut opened = private_file(&path)?;
        let end = last_line(&mut opened).map_err(AuditError::io("read", &path))?;
        if end.torn > 0 {
            opened.set_len(end.whole).map_err(AuditError::io("mend", &path))?;
        }
        let (seq, hash, day) = match end.link {
            Some(link) => (link.seq, link.hash, clock::day(&link.time).to_owned()),
            None if end.whole > 0 => return Err(AuditError::Damaged { path }),
            // The file was begun and its first record never written.
            None => match number.and_then(|number| number.checked_sub(1)).filter(|before| *before > 0) {
                Some(before) => {
                    let damaged = || AuditError::Damaged { path: file(&self.directory, before) };
                    let link = last_link(&self.directory, before)?.ok_or_else(damaged)?;
                    (link.seq, link.hash, clock::day(&link.time).to_owned())
                }
                None => (0, self.genesis, String::new()),
            },
        };
        let head = Head { file: number.unwrap_or(1), bytes: end.whole, seq, hash };
        Ok(Current { file: Arc::new(opened), path, head, day, torn: end.torn })
    }

    /// Begins the next file. The one before is complete, so it is made to last.
    fn next(&self, full: Current) -> Result<Current, AuditError> {
        full.file.sync_data().map_err(AuditError::io("write", &full.path))?;
        let number = full.head.file + 1;
        let path = file(&self.directory, number);
        let head = Head { file: number, bytes: 0, ..full.head };
        Ok(Current { file: Arc::new(private_file(&path)?), path, head, day: full.day, torn: full.torn })
    }
}
