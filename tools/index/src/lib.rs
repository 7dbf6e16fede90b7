//! Index advice: candidates from what statements ask, what exists already, what each would save and take.
//!
//! ```text
//! statements ─ workload (guard, catalogue, EXPLAIN) ─ candidates ─ served ─┐
//!                                                                         search ─ suggestions
//!                                selectivity ─ size ─ scan ─ evaluate ────┘
//! ```
//!
//! Everything but reading the workload and asking HypoPG is pure: plain values in, plain values out. Nothing here
//! creates an index; a suggestion is a statement for a person to run.

mod advice;
mod candidates;
mod ddl;
mod definition;
mod drops;
mod evaluate;
mod indexable;
mod lookup;
mod prove;
mod scan;
mod search;
mod selectivity;
mod served;
mod size;
mod suggest_index;
mod verify;
mod workload;

pub use evaluate::Confidence;
pub use prove::{Proof, prove};
pub use suggest_index::{Input, Output, SuggestIndex};
