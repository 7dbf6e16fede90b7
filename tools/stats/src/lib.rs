//! What PostgreSQL's own statistics say about tables (size, use, upkeep) and about statements (time, calls, reads).
//!
//! Reads the catalogue and the cumulative statistics only, never a user's rows; a role that may connect and nothing
//! else gets everything but what `pg_stats` keeps from it.

mod bloat;
mod table_stats;
mod top_queries;

pub use table_stats::TableStats;
pub use top_queries::TopQueries;
