//! Why the trail cannot be written or read. Says where; the next step is the caller's.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    #[error("there is no place for it: neither XDG_STATE_HOME nor HOME is set; set audit.dir")]
    NoPlace,
    #[error("cannot {action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} ends in something that is not an intact record; `pgwright audit verify` says more")]
    Damaged { path: PathBuf },
    #[error("there are records, but no checkpoint in {path}; `pgwright audit verify` says more")]
    NoCheckpoint { path: PathBuf },
    #[error("the checkpoint {path} was not made with this key")]
    Forged { path: PathBuf },
    #[error("there is no key {path} for the checkpoint beside it")]
    NoKey { path: PathBuf },
    #[error("record {seq}, which was sealed, is no longer in its place; `pgwright audit verify` says more")]
    Rewritten { seq: u64 },
    #[error("the checkpoint's key is empty, or no key for HMAC-SHA-256; see audit.key")]
    Key,
    #[error("another process holds {path}; one that was stopped may")]
    Held { path: PathBuf },
    #[error(
        "records wait for the disk, or for another process that holds the trail's lock; one that was stopped may"
    )]
    Behind,
    #[error("nothing is recorded any more: this process ends, or its log says why")]
    Stopped,
    #[error("cannot start the thread that writes records: {0}")]
    Thread(#[source] io::Error),
    #[error("there is no trail in {path}")]
    NoTrail { path: PathBuf },
    #[error("a record could not be written as JSON: {0}")]
    Record(#[from] serde_json::Error),
}

impl AuditError {
    /// For `map_err`: what was done, and to what.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
