//! The shadow planner: production's planner, reproduced on an empty private cluster, so that a change can be judged before
//! anybody makes it.
//!
//! ```text
//!   a database ── capture ──▶ Snapshot ── Shadows::materialise ──▶ Shadow ── prepare(DDL) ─ plan(statement, with, without)
//!                (SELECT only)  (JSON)      (tables without rows, their statistics, files of their size)
//! ```
//!
//! A PostgreSQL of the same major version, given the same statistics and the same sizes, makes the same plans at the same
//! cost. Invariants: the shadow holds no rows but two a table, the ends of its indexes; it runs `EXPLAIN`, never a query,
//! never ANALYZE or VACUUM; what a caller sent is planned and built by a role that may do nothing else; its directory is
//! closed to others and goes with its last user.

mod array;
pub mod capture;
mod change;
mod error;
mod expression;
mod extended;
mod files;
mod forecast;
mod materialise;
mod planner;
mod shadow;
mod shadows;
mod simulate_change;
pub mod size;
pub mod snapshot;

pub use capture::{Wanted, capture};
pub use change::{Change, NotAllowed};
pub use error::ShadowError;
pub use shadow::{Applied, CandidateId, Prepared, Shadow};
pub use shadows::Shadows;
pub use simulate_change::{Growth, Input, Object, Output, Planned, SimulateChange, Source, Upkeep};
pub use snapshot::Snapshot;
