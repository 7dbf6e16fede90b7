//! What is wrong with a definition, and where.

use std::path::PathBuf;

use pgwright_quality::document::DocumentError as Misread;

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
    #[error("{}, {mistake}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which line and column.
        mistake: Misread,
    },
}
