//! The guard against tables of statements: what must be refused and by which rule, what must pass, what is touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod documented;
mod fuzz;
mod hostile;
mod legitimate;
mod planned;
mod properties;
mod syntax;
mod touched;

use super::{Admitted, Refusal, caps, tree};
use crate::stack::on_large_stack;

/// What is read of a text that nobody remembers.
fn read(sql: &str) -> Result<Admitted, Refusal> {
    let bounded = caps::bounded(sql)?;
    on_large_stack(|| tree::admit(&bounded, tree::Purpose::Run)).unwrap()
}
