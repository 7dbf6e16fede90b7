//! What is wrong with a definition, and where.

use std::path::{Path, PathBuf};

use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

/// Why a definition can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file can't be read at all.
    #[error("cannot read the pipeline definition {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is not the YAML of a definition.
    #[error("{}, line {line}, column {column}: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// Counted from 1.
        column: u64,
        /// What is wrong.
        reason: String,
        /// The known name that was probably meant.
        nearest: Option<String>,
    },
}

impl DocumentError {
    pub(super) fn from_yaml(path: &Path, error: &Error) -> Self {
        let place = error.location();
        let error = error.without_snippet();
        let (reason, nearest) = match error {
            Error::SerdeUnknownField { field, expected, .. } => {
                let known = expected.iter().map(|name| (*name).to_owned()).collect();
                let nearest = pgwright_postgres::nearest(field, known, Clone::clone).into_iter().next();
                (format!("unknown key {field}; known here: {}", expected.join(", ")), nearest)
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                let known = expected.iter().map(|name| (*name).to_owned()).collect();
                let nearest = pgwright_postgres::nearest(variant, known, Clone::clone).into_iter().next();
                (format!("unknown value {variant}; known here: {}", expected.join(", ")), nearest)
            }
            other => (UserMessageFormatter.format_message(other).into_owned(), None),
        };
        Self::Invalid {
            path: path.to_path_buf(),
            line: place.map_or(1, |place| place.line()),
            column: place.map_or(1, |place| place.column()),
            reason,
            nearest,
        }
    }
}
