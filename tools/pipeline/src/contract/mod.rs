//! What a row must look like, column by column, and how it fails to.

mod decimal;
mod fault;
mod kind;
mod moment;
mod rule;

pub(crate) use fault::{Broken, Fault};
pub(crate) use kind::Kind;
pub(crate) use rule::{ColumnRule, check_column};
