//! What the values of sensitive columns look to the outside: decided here, for answers, samples and statistics alike.
//!
//! ```text
//!   configuration, labels ─ rules ─▶ masked columns (with partitions, children, generated columns)
//!                                        │ trace: views by what they read
//!   statement ─ sql::usage ──────────────┴─▶ Masks ── apply ─▶ value ─ shape | detect ─▶ what is shown
//! ```
//!
//! Three witnesses: PostgreSQL says which column each output is, its plan where columns are computed with, and `sql::usage`
//! reads both in the text of a statement. An output that one of them cannot account for is refused, never guessed.

mod definition;
pub mod detect;
mod label;
mod masked;
mod ordered;
mod planned;
mod rules;
mod setting;
mod shape;
mod statement;
mod trace;

pub use masked::Masked;
pub use setting::{Mask, Masking, Period, Width};
pub use statement::Masks;
