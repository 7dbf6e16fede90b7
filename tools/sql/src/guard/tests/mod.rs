//! The guard against tables of statements: what must be refused and by which rule, what must pass, what is touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod documented;
mod fuzz;
mod hostile;
mod legitimate;
mod properties;
mod syntax;
mod touched;
