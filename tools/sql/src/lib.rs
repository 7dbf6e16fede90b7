//! SQL text without a database: names, the read-only guard, what a statement touches.
//!
//! Two trees, each for what it is best at. `guard` reads squawk-syntax's, which covers PostgreSQL's whole grammar without
//! loss; `analysis` reads sqlparser's, which is compact enough to reason on. Nothing here opens a connection, knows a
//! catalogue that it was not handed, or runs on a stack that hostile text could exhaust.

pub mod analysis;
mod fingerprint;
mod grammar;
pub mod guard;
mod hexadecimal;
mod names;
mod paging;
mod redaction;
pub mod rewrite;
mod stack;
pub mod usage;

pub use fingerprint::{Fingerprint, fingerprint};
pub use hexadecimal::hexadecimal;
pub use names::{
    ColumnName, FunctionName, NameError, RelationName, TypeName, fold_identifier, quote_identifier,
};
pub use paging::{NotOneTable, OneTableQuery, OrderBy, OrderTerm, one_table_query};
pub use redaction::without_values;
