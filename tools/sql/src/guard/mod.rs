//! The read-only decision: is this text one statement that can only read, and what does it touch?
//!
//! `admit` is the only way to an `Admitted`, and whoever runs SQL takes nothing else. What it can't understand, it refuses.

mod admitted;
mod refusal;

pub use admitted::{Admitted, StatementKind};
pub use refusal::Refusal;

/// Admits `sql` if it is exactly one statement that can only read.
pub fn admit(sql: &str) -> Result<Admitted, Refusal> {
    Err(Refusal::at(sql, 0, "not_read_only", "the guard is not built yet", "nothing yet"))
}
