//! `explain_query`: what a query costs, why, and what to do.
//!
//! Asks PostgreSQL for the plan in a guarded session, adds what the catalogue knows of its tables, and lets the plan
//! room judge it.

mod called;
mod explain_query;
mod facts;
mod history;
mod proof;
mod rewrites;
mod shape;
mod subject;
mod trial;

pub use explain_query::ExplainQuery;
pub use history::{History, STATE, init_state};
pub use rewrites::facts as rewrite_facts;
