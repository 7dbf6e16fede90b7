//! What the values of sensitive columns look like to the outside.

pub mod detect;
