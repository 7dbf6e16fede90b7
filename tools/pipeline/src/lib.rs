//! `trigger_pipeline`: files into tables, exactly once.
//!
//! ```text
//!   document ─▶ prepare ─┬─▶ plan                                   (dry run: nothing is written)
//!   (YAML)      (layout) └─▶ run ── source ─▶ row ─▶ sink ─▶ gate ─▶ publish ─▶ ledger
//!                                   (thread)  │contract                 └── one transaction ──┘
//!                                             └─▶ quarantine
//! ```
//!
//! Invariants: a file's rows, its quarantine and its ledger entry are committed together or not at all; what a file *is*
//! is the hash of its content; no row is dropped without a line and a reason; an answer or an error holds no cell value.

mod contract;
pub mod document;
mod error;
mod gate;
mod layout;
mod ledger;
mod meter;
mod patience;
mod plan;
mod prepare;
mod quarantine;
mod report;
mod retry;
mod row;
mod run;
mod sink;
mod source;
mod trigger_pipeline;
mod unit;
mod verdict;

pub use ledger::{STATE, STATE_GRANTS, init_state};
pub use plan::{Plan, PlannedCheck, PlannedColumn};
pub use prepare::Pipelines;
pub use report::{CheckReport, Failure, FileReport, FileStatus, Quarantined, ReasonReport, Run, Status};
pub use trigger_pipeline::{Input, Output, TriggerPipeline};
