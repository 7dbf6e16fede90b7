//! Query plans without a database: model, arithmetic, findings, text.
//!
//! ```text
//! EXPLAIN (FORMAT JSON) ─ model ─ arithmetic ─┬─ findings (+ Facts from a catalogue) ─┬─ tree, verdict (text)
//!                         flat     self time   └──────────── outline ─────────────────┴─ flat nodes (structured)
//! ```
//!
//! Invariants: no connection is ever opened here; trees are walked without recursion, so that their depth is not a
//! limit; no figure is invented (what a plan does not say is absent), and none is negative.

pub mod arithmetic;
mod compare;
mod condition;
mod facts;
pub mod findings;
pub mod model;
mod outline;
pub mod tree;
mod verdict;

pub use arithmetic::{Arithmetic, Figures};
pub use compare::{Change, Comparison};
pub use facts::{Column, Facts, ForeignKey, Function, Index, Relation, Volatility};
pub use findings::{Basis, Evidence, Finding, Severity, judge};
pub use model::{Buffers, Jit, Node, Plan, PlanError, Role, Trigger};
pub use outline::PlanNode;
pub use verdict::verdict;
