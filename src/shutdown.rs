//! How the server stops: a signal closes the doors, calls under way are answered within a bound, then all ends.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// One server's stop, shared by its doors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shutdown {
    closing: CancellationToken,
    end: CancellationToken,
    work: TaskTracker,
}

impl Shutdown {
    /// Fires when no new connections are wanted.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Fires when whatever is left ends.
    pub(crate) fn end(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Held by whatever must be finished before the end.
    pub(crate) fn work(&self) -> TaskTrackerToken {
        self.work.token()
    }

    /// Waits until nothing is under way, at most `bound`.
    pub(crate) async fn settle(&self, bound: Duration) {
        self.work.close();
        if tokio::time::timeout(bound, self.work.wait()).await.is_err() {
            tracing::warn!(calls = self.work.len(), "calls are given up");
        }
    }

    /// Begins to stop at SIGTERM or SIGINT; a second one does not wait for calls under way.
    pub(crate) fn on_signal(&self, drain: Duration) -> std::io::Result<()> {
        let mut signals = Signals::new()?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            signals.next().await;
            tracing::info!(calls = shutdown.work.len(), "asked to stop");
            shutdown.closing.cancel();
            tokio::select! {
                () = shutdown.settle(drain) => {}
                () = signals.next() => {}
            }
            shutdown.end.cancel();
        });
        Ok(())
    }
}

/// The signals that ask to stop.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
