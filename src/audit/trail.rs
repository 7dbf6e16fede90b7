//! What all calls of this process share of the trail: where it is, how far it was written, and its checkpoint.

use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinError;

use super::error::AuditError;
use super::log::{self, Head, Log};
use super::{Place, Settings, chain, clock, seal};

/// How long a record may wait for its checkpoint.
const UNSEALED: Duration = Duration::from_secs(1);

pub(super) struct Trail {
    settings: Settings,
    /// Where the log ends as far as this process wrote it, with the file.
    end: Mutex<Option<(Arc<File>, Head)>>,
    /// Calls that could not be recorded since the last that could.
    unrecorded: AtomicUsize,
    /// An answer waited for its record in vain, and none was written since.
    is_behind: AtomicBool,
    /// A checkpoint is on its way.
    sealing: AtomicBool,
}

impl Trail {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            end: Mutex::new(None),
            unrecorded: AtomicUsize::new(0),
            is_behind: AtomicBool::new(false),
            sealing: AtomicBool::new(false),
        }
    }

    fn place(&self) -> Result<&Place, AuditError> {
        self.settings.place.as_ref().ok_or(AuditError::NoPlace)
    }

    pub(super) fn open(&self) -> Result<Log, AuditError> {
        let place = self.place()?;
        let genesis = match place.seal().read_or_begin(&place.log) {
            Ok(checkpoint) => checkpoint.beginning.hash,
            Err(error @ AuditError::Io { .. }) => return Err(error),
            // Begun under no key, it would never have a checkpoint, also when the key is mended.
            Err(error @ AuditError::Key) if !seal::has_records(&place.log) => return Err(error),
            // The log has records, so what the first one follows is not asked for. It goes on; no checkpoint will, and
            // with it no call that writes.
            Err(_) => chain::Hash::random(),
        };
        Log::open(&place.log, self.settings.rotate_bytes, genesis)
    }

    pub(super) fn unrecorded(&self) -> usize {
        self.unrecorded.load(Ordering::Relaxed)
    }

    /// A record was written, which tells that so many before it were not.
    pub(super) fn written(&self, end: Option<(Arc<File>, Head)>, unrecorded: usize) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
        self.is_behind.store(false, Ordering::Relaxed);
        self.unrecorded.fetch_sub(unrecorded, Ordering::Relaxed);
        if unrecorded > 0 {
            tracing::warn!(unrecorded, "the audit trail is written again");
        }
    }

    pub(super) fn failed(&self, error: &AuditError) {
        if self.unrecorded.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(%error, "a call could not be recorded; reads go on, calls that write are refused");
        }
    }

    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// An answer went out before its record was written.
    pub(super) fn fell_behind(&self) {
        if !self.is_behind.swap(true, Ordering::Relaxed) {
            tracing::error!(error = %AuditError::Behind, "records are late; reads go on, calls that write are refused");
        }
    }

    /// Makes a checkpoint over what this process wrote.
    pub(super) fn seal(&self) -> Result<(), AuditError> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((file, head)) = end else { return Ok(()) };
        let place = self.place()?;
        file.sync_data().map_err(AuditError::io("write", &log::file(&place.log, head.file)))?;
        place.seal().advance(&place.log, &head, &clock::days_ago(self.settings.retention_days))
    }

    /// The same, away from the threads that answer.
    pub(super) async fn sealed(self: Arc<Self>) -> Result<(), AuditError> {
        settled(tokio::task::spawn_blocking(move || self.seal()).await)
    }

    pub(super) fn seal_soon(trail: &Arc<Self>, runtime: Option<&Handle>) {
        let Some(runtime) = runtime else { return };
        if trail.sealing.swap(true, Ordering::AcqRel) {
            return;
        }
        let trail = trail.clone();
        runtime.spawn(async move {
            tokio::time::sleep(UNSEALED).await;
            trail.sealing.store(false, Ordering::Release);
            if let Err(error) = trail.sealed().await {
                unsealed(&error);
            }
        });
    }
}

/// Says that what was written has no checkpoint.
pub(super) fn unsealed(error: &AuditError) {
    tracing::error!(%error, "the audit trail has no checkpoint over its last records");
}

/// What became of work on another thread. A panic goes on; work that was never begun did not happen.
fn settled<T>(joined: Result<Result<T, AuditError>, JoinError>) -> Result<T, AuditError> {
    joined.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_cancelled) => Err(AuditError::Stopped),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn work_that_the_end_of_the_process_cancels_is_an_error() {
        let task = tokio::spawn(std::future::pending::<Result<(), AuditError>>());
        task.abort();
        assert!(matches!(settled(task.await).unwrap_err(), AuditError::Stopped));
    }
}
