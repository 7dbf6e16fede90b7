//! Sessions: the only way to run anything. A session is a leased connection inside one transaction with limits.

mod copy;
mod explain;
mod fetch;
mod lease;
mod planner;
mod read;
mod trace;
mod witness;
mod write;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use copy::{CopyFailure, CopyIn};
pub use explain::Explain;
pub use fetch::{Cap, ColumnInfo, Origin, Rows};
pub(crate) use lease::Lease;
pub use planner::{PlannerSettings, SettingError};
pub use read::{Capped, ReadSession};
pub use trace::{Footprint, Trace};
pub use witness::OutOfReach;
pub use write::WriteSession;

/// What bounds a session from outside: the caller's cancellation, and a deadline where the call sets one below the
/// database's own. And where it records what it does.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Fires when the caller gives up.
    pub cancel: CancellationToken,
    /// How long the session may live; `None` takes the database's `call_ms`.
    pub deadline: Option<Duration>,
    /// Where the session records what it does.
    pub trace: Trace,
}
