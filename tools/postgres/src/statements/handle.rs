//! The name by which a counted statement is asked for again: its queryid and its database in one word.

use std::fmt;
use std::str::FromStr;

/// One statement of one database. It lives as long as the server's major version and the statement's tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    pub(super) database: u32,
    pub(super) statement: i64,
}

/// Why a handle leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// Not one of ours.
    #[error("{0:?} is no handle; top_queries gives them, like q5f3a-9c1e")]
    Malformed(String),
    /// Of a statement in another database.
    #[error("statement {handle} was counted in another database than {database}")]
    Elsewhere {
        /// As it was given.
        handle: Handle,
        /// Where it was looked for.
        database: String,
    },
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "q{:x}-{:x}", self.statement, self.database)
    }
}

impl FromStr for Handle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        let read = || {
            let (statement, database) = text.trim().strip_prefix('q')?.split_once('-')?;
            let statement = u64::from_str_radix(statement, 16).ok()?.cast_signed();
            Some(Self { database: u32::from_str_radix(database, 16).ok()?, statement })
        };
        read().ok_or_else(|| HandleError::Malformed(text.chars().take(60).collect()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_handle_reads_as_it_is_written() {
        for (statement, database) in [(1, 5), (-1, u32::MAX), (i64::MIN, 16_384), (i64::MAX, 0)] {
            let handle = Handle { database, statement };
            assert_eq!(handle.to_string().parse::<Handle>().unwrap(), handle);
        }
    }

    #[test]
    fn what_is_none_says_where_handles_come_from() {
        for text in ["", "q", "q12", "12-5", "q-", "qxyz-1", "q1-1; drop table t", "q+1-1x"] {
            let error = text.parse::<Handle>().unwrap_err();
            assert!(error.to_string().contains("top_queries"), "{text}: {error}");
        }
    }
}
