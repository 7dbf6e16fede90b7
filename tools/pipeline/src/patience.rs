//! How long a run waits for its files: until it is cancelled, or its time is over. Sessions keep to both by themselves.

use std::future::Future;
use std::time::{Duration, Instant};

use pgwright_postgres::DatabaseError;
use tokio_util::sync::CancellationToken;

use crate::error::RunError;
use crate::source::{SourceFile, off_thread};

/// What bounds the work on files.
#[derive(Debug, Clone)]
pub(crate) struct Patience {
    cancel: CancellationToken,
    began: Instant,
    limit: Duration,
}

impl Patience {
    pub(crate) fn new(cancel: CancellationToken, began: Instant, limit: Duration) -> Self {
        Self { cancel, began, limit }
    }

    /// The result of the work, unless that comes too late.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, RunError> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(DatabaseError::Cancelled.into()),
            () = tokio::time::sleep(self.limit.saturating_sub(self.began.elapsed())) => {
                Err(RunError::Timeout { limit: self.limit })
            }
            done = work => Ok(done),
        }
    }

    /// The hash of a file's content. The reading ends with the wait.
    pub(crate) async fn sha256(&self, file: &SourceFile) -> Result<String, RunError> {
        let stop = CancellationToken::new();
        let _ends = stop.clone().drop_guard();
        let file = file.clone();
        self.wait(off_thread(move || file.sha256(&stop))).await?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::future::{pending, ready};

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn work_is_waited_for_until_it_is_cancelled_or_its_time_is_over() {
        let cancel = CancellationToken::new();
        let patience = Patience::new(cancel.clone(), Instant::now(), LONG);
        assert_eq!(patience.wait(ready(7)).await.unwrap(), 7);
        let over = Patience::new(cancel.clone(), Instant::now(), Duration::ZERO);
        assert!(matches!(over.wait(pending::<()>()).await, Err(RunError::Timeout { .. })));
        cancel.cancel();
        let cancelled = patience.wait(pending::<()>()).await;
        assert!(matches!(cancelled, Err(RunError::Database(DatabaseError::Cancelled))));
    }
}
