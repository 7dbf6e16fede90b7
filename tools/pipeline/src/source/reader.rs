//! Reads one file on a thread of its own and hands on batches of COPY text, so that client and server work at the same
//! time. Memory is bounded by the channel, whatever the file's size.

use std::path::PathBuf;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::csv::{Place, Scanner, Stop};
use super::hash::Hashing;
use super::{SourceError, SourceFile};
use crate::contract::Fault;
use crate::document::{Definition, Source};
use crate::layout::Layout;
use crate::row::RowWriter;

/// Size at which a batch is handed on.
const BATCH_BYTES: usize = 256 * 1024;
/// Refused rows at which it is handed on, too.
const BATCH_REFUSED: usize = 1_000;

/// Some rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Accepted rows, one line each.
    pub(crate) data: Bytes,
    /// Where each of them came from.
    pub(crate) origins: Vec<Origin>,
    pub(crate) refused: Vec<Refused>,
    /// Bytes of the file read so far.
    pub(crate) position: u64,
}

/// Where a row stands in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) place: Place,
    pub(crate) bytes: u32,
}

/// A row that is not loaded.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) place: Place,
    pub(crate) raw: Vec<u8>,
    pub(crate) faults: Vec<Fault>,
}

/// What was read, once it was read to the end.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// What bounds a reading.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// Append the row's ordinal as last column.
    pub(crate) numbered: bool,
    pub(crate) max_rows: Option<u64>,
}

/// Reads the whole file. Ends early, with `None`, when nobody listens any more.
pub(crate) fn read(
    file: &SourceFile,
    definition: &Definition,
    layout: &Layout,
    bounds: Bounds,
    send: &mpsc::Sender<Batch>,
) -> Result<Option<Content>, SourceError> {
    let source = &definition.source;
    let stop = |error| stopped(error, file, source);
    let opened = file.open()?;
    let again = opened.try_clone().map_err(|error| file.unreadable(error))?;
    let mut scanner = Scanner::new(Hashing::new(opened), source.dialect());
    if let Some(header) = &layout.header {
        // The layout is that of this header, whatever the file's stamp can tell.
        if !scanner.advance().map_err(stop)? || scanner.raw() != header.as_slice() {
            return Err(file.changed());
        }
    }
    let mut writer = RowWriter::new(layout, source, bounds.numbered);
    let mut lines = Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 4);
    let mut batch = Batch::default();
    let mut faults = Vec::new();
    let (mut rows, mut accepted) = (0, 0);
    // A blank line is a row only where one empty field makes a row.
    let blank_is_row = layout.width == 1;
    while scanner.advance().map_err(stop)? {
        if scanner.is_blank() && !blank_is_row {
            if send.is_closed() {
                return Ok(None);
            }
            continue;
        }
        rows += 1;
        if bounds.max_rows.is_some_and(|limit| rows > limit) {
            return Err(SourceError::TooManyRows { path: PathBuf::from(&file.shown), limit: rows - 1 });
        }
        let place = scanner.place();
        if writer.write(&scanner, accepted, &mut lines, &mut faults) {
            accepted += 1;
            let bytes = u32::try_from(scanner.raw().len()).unwrap_or(u32::MAX);
            batch.origins.push(Origin { place, bytes });
        } else {
            let faults = std::mem::take(&mut faults);
            batch.refused.push(Refused { place, raw: scanner.raw().to_vec(), faults });
        }
        if lines.len() >= BATCH_BYTES || batch.refused.len() >= BATCH_REFUSED {
            let full = std::mem::replace(&mut lines, Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 4));
            batch.data = Bytes::from(full);
            batch.position = scanner.position();
            if send.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(None);
            }
        }
    }
    batch.data = Bytes::from(lines);
    batch.position = scanner.position();
    let (sha256, bytes) = scanner.into_input().finish();
    file.unchanged(&again)?;
    if bytes != file.bytes {
        return Err(file.changed());
    }
    if send.blocking_send(batch).is_err() {
        return Ok(None);
    }
    Ok(Some(Content { sha256, bytes }))
}

/// The bytes of one row, read again: rows that PostgreSQL refuses are rare, so they are not kept. A file that changed since
/// has none of them.
pub(crate) fn raw(file: &SourceFile, origin: Origin) -> Result<Vec<u8>, SourceError> {
    use std::io::{Read, Seek, SeekFrom};
    let mut opened = file.open()?;
    let mut raw = Vec::new();
    opened
        .seek(SeekFrom::Start(origin.place.byte))
        .and_then(|_| (&opened).take(u64::from(origin.bytes)).read_to_end(&mut raw))
        .map_err(|source| file.unreadable(source))?;
    file.unchanged(&opened)?;
    Ok(raw)
}

pub(super) fn stopped(stop: Stop, file: &SourceFile, source: &Source) -> SourceError {
    let path = PathBuf::from(&file.shown);
    match stop {
        Stop::Io(error) => file.unreadable(error),
        Stop::Utf16 => SourceError::Utf16 { path, line: 1, expected: source.encoding.label() },
        Stop::UnclosedQuote(place) => SourceError::UnclosedQuote { path, line: place.line, byte: place.byte },
        Stop::TooLong(place) => SourceError::RecordTooLong {
            path,
            line: place.line,
            byte: place.byte,
            limit: source.max_record_bytes.0,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::files;

    #[test]
    fn a_row_is_not_read_from_a_file_that_changed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.csv");
        std::fs::write(&path, "id\n1\n").unwrap();
        let file = files::find(root.path(), "a.csv", &[root.path().to_path_buf()]).unwrap().remove(0);
        let origin = Origin { place: Place { line: 2, byte: 3 }, bytes: 1 };
        assert_eq!(raw(&file, origin).unwrap(), b"1");
        std::fs::write(&path, "id\n2\n3\n").unwrap();
        assert_eq!(raw(&file, origin).unwrap_err().code(), "file_changed");
    }
}
