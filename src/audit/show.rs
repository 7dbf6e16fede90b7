//! The last records, as they stand in the log.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};

use super::Place;
use super::error::AuditError;
use super::log;

/// The last `count` lines of the log, oldest first.
pub(crate) fn last(place: &Place, count: usize) -> Result<Vec<String>, AuditError> {
    let mut lines = VecDeque::new();
    for number in log::files(&place.log)?.into_iter().rev() {
        let path = log::file(&place.log, number);
        let read =
            File::open(&path).and_then(|file| BufReader::new(file).lines().collect::<Result<Vec<_>, _>>());
        for line in read.map_err(AuditError::io("read", &path))?.into_iter().rev() {
            if lines.len() == count {
                return Ok(lines.into());
            }
            lines.push_front(line);
        }
    }
    Ok(lines.into())
}
