//! `run_quality_check`: many checks of a table in few scans, with honest verdicts.
//!
//! ```text
//!   document | inline ─▶ CheckSpec ─▶ compile::plan ─▶ Scan … ─▶ execute ─▶ verdict::judge ─▶ Outcome
//!                                        │ proof: what the catalogue already guarantees          │
//!                                        └────────────── no scan at all ─────────────────────────┘
//! ```
//!
//! The tool and a pipeline's gate share all of it: a gate makes a [`Subject`] of its staging table, reads its
//! [`CheckSpec`]s with [`document::read_list`], and calls [`execute::evaluate`] on its own
//! [`WriteSession`](pgwright_postgres::WriteSession), inside its transaction.
//!
//! Invariants: nothing here writes but a quarantine that is asked for, and the history; every statement passes the guard; a check that cannot be evaluated says so and never
//! passes; a failing check leaves the others as they are.

mod cheaper;
pub mod checks;
pub mod compile;
pub mod document;
pub mod execute;
mod hash;
mod history;
mod proof;
mod quarantine;
mod run_quality_check;
pub mod sample;
mod statement;
mod subject;
mod suggest;
mod suggest_quality_checks;
pub mod verdict;

pub use checks::CheckSpec;
pub use history::{History, STATE, init_state};
pub use run_quality_check::{CheckResult, Input, Output, Quarantine, RunQualityCheck};
pub use subject::{Parent, Subject};
pub use suggest_quality_checks::SuggestQualityChecks;
