//! `trigger_pipeline`: files into tables, exactly once.

mod contract;
mod document;
mod layout;
mod row;
mod source;
