//! Progress on long work, for callers that asked for it.

use std::fmt;
use std::sync::Arc;

/// Where progress goes: a view implements it.
pub trait ProgressSink: Send + Sync {
    /// `done` of `total` (if known) steps, with a word on what is under way. `done` never goes back.
    fn report(&self, done: f64, total: Option<f64>, message: &str);
}

/// A caller's progress sink, or nothing where the caller asked for none.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<dyn ProgressSink>>);

impl Progress {
    /// Progress for a caller that listens.
    pub fn to(sink: Arc<dyn ProgressSink>) -> Self {
        Self(Some(sink))
    }

    /// Reports, if anybody listens.
    pub fn report(&self, done: f64, total: Option<f64>, message: &str) {
        if let Some(sink) = &self.0 {
            sink.report(done, total, message);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Progress({})", if self.0.is_some() { "listened to" } else { "unheard" })
    }
}
