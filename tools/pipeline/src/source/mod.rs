//! Where rows come from: files found under the roots, scanned record by record with exact positions.

pub(crate) mod csv;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod hash;
pub(crate) mod header;
pub(crate) mod reader;

pub(crate) use error::SourceError;
pub(crate) use files::SourceFile;

/// Runs work on files off the threads that serve sessions.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, crate::error::RunError> {
    Ok(tokio::task::spawn_blocking(work).await??)
}
