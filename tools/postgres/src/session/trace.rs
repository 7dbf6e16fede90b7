//! What the sessions of one call did, for whoever keeps a record of calls: statements without their values, and counts.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use pgwright_sql::{Fingerprint, fingerprint};

/// Statements of one call that are kept; the rest are counted.
const KEPT: usize = 16;

/// A recorder that all sessions of a call share.
#[derive(Debug, Clone, Default)]
pub struct Trace(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    /// Hashes of the texts that were seen: a search explains the same statement hundreds of times.
    seen: HashSet<u64>,
    footprint: Footprint,
}

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The callers' statements, each once, in the order they came.
    pub statements: Vec<Fingerprint>,
    /// How many more there were.
    pub omitted: usize,
    /// Rows that callers' statements returned.
    pub rows_read: u64,
    /// Bytes of those rows.
    pub bytes_read: u64,
    /// Rows that were loaded.
    pub rows_written: u64,
}

impl Trace {
    /// A caller's statement that was asked for or run.
    pub fn statement(&self, sql: &str) {
        let mut hasher = DefaultHasher::new();
        sql.hash(&mut hasher);
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !recorded.seen.insert(hasher.finish()) {
            return;
        }
        let footprint = &mut recorded.footprint;
        if footprint.statements.len() == KEPT {
            footprint.omitted += 1;
            return;
        }
        let found = fingerprint(sql);
        if !footprint.statements.contains(&found) {
            footprint.statements.push(found);
        }
    }

    /// Rows and bytes that a caller's statement returned.
    pub fn read(&self, rows: usize, bytes: usize) {
        let footprint = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).footprint;
        footprint.rows_read += rows as u64;
        footprint.bytes_read += bytes as u64;
    }

    /// Rows that were loaded.
    pub fn wrote(&self, rows: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).footprint.rows_written += rows;
    }

    /// What was recorded so far.
    pub fn footprint(&self) -> Footprint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).footprint.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_kept_once_and_many_are_counted() {
        let trace = Trace::default();
        for value in 0..3 {
            trace.statement(&format!("select * from t where a = {value}"));
        }
        for number in 0..KEPT {
            trace.statement(&format!("select column_{number}"));
        }
        let footprint = trace.footprint();
        assert_eq!(footprint.statements.len(), KEPT);
        assert_eq!(footprint.statements[0].text, "select * from t where a = $1");
        assert_eq!(footprint.omitted, 1);
    }
}
