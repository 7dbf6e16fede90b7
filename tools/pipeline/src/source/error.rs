//! What stops a whole file. A single bad row never does: it is refused by itself.

use std::path::PathBuf;

/// Why a file can't be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("no file matches {pattern}")]
    NoFile { pattern: String },
    #[error("{} lies outside the configured folders", path.display())]
    OutsideRoots { path: PathBuf },
    #[error("{}, line {line}: the file is UTF-16, not {expected}", path.display())]
    Utf16 { path: PathBuf, line: u64, expected: &'static str },
    #[error("{}, line {line}: a quote that opens here (byte {byte}) is never closed", path.display())]
    UnclosedQuote { path: PathBuf, line: u64, byte: u64 },
    #[error("{}, line {line}: a record that starts here (byte {byte}) is longer than {limit} bytes", path.display())]
    RecordTooLong { path: PathBuf, line: u64, byte: u64, limit: u64 },
    #[error("{} is empty: it lacks the header line", path.display())]
    NoHeader { path: PathBuf },
    #[error("{}, line 1: {reason}", path.display())]
    Header { path: PathBuf, reason: String, hint: Option<String> },
    #[error("{} changed while it was read", path.display())]
    Changed { path: PathBuf },
    #[error("{} has more than {limit} rows", path.display())]
    TooManyRows { path: PathBuf, limit: u64 },
    #[error("the files have {bytes} bytes, more than limits.max_bytes {limit}")]
    TooManyBytes { bytes: u64, limit: u64 },
}

impl SourceError {
    /// A stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file_unreadable",
            Self::NoFile { .. } => "no_files",
            Self::OutsideRoots { .. } => "path_not_allowed",
            Self::Utf16 { .. } => "wrong_encoding",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::RecordTooLong { .. } => "record_too_long",
            Self::NoHeader { .. } | Self::Header { .. } => "header_mismatch",
            Self::Changed { .. } => "file_changed",
            Self::TooManyRows { .. } | Self::TooManyBytes { .. } => "limit_reached",
        }
    }

    /// What would mend it.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "check that the file exists and that pgwright's user may read it".to_owned(),
            Self::NoFile { .. } => "source.path is relative to the definition's folder".to_owned(),
            Self::OutsideRoots { .. } => {
                "put the file under the pipeline folder or one of the configured file folders; links out of them are not followed".to_owned()
            }
            Self::Utf16 { .. } => "convert the file to UTF-8".to_owned(),
            Self::UnclosedQuote { .. } => {
                "correct the line, or set source.multiline: false to refuse just the lines whose quotes are not closed".to_owned()
            }
            Self::RecordTooLong { .. } => {
                "a quote that is never closed, or line ends other than LF and CRLF, look like this; else raise source.max_record_bytes".to_owned()
            }
            Self::NoHeader { .. } => "set source.header: false if the files have none".to_owned(),
            Self::Header { hint, .. } => return hint.clone(),
            Self::Changed { .. } => "run it again once the file is complete; writers should rename finished files into place".to_owned(),
            Self::TooManyRows { .. } => "raise limits.max_rows, or split the file".to_owned(),
            Self::TooManyBytes { .. } => "raise limits.max_bytes, or load fewer files".to_owned(),
        })
    }
}
