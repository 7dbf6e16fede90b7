//! The read-only decision: is this text one statement that can only read, and what does it touch?
//!
//! `admit` is the only way to an `Admitted`, and whoever runs SQL takes nothing else. What it can't understand, it refuses.
//!
//! ```text
//! text ─ caps (bytes, NUL, lexing, nesting, chains, one statement) ─ parse ─ walk ─ two lexers agree ─ Admitted
//! ```
//!
//! The static reading is half of the answer: names are only text here. Who runs an `Admitted` resolves its functions and
//! relations in the catalogue, in a read-only transaction that is rolled back, with `standard_conforming_strings` on.

mod admitted;
mod arguments;
pub mod builtin;
mod caps;
mod expansion;
mod explained;
mod foreign;
mod growth;
mod lexer;
mod literal;
mod operators;
mod refusal;
pub mod relations;
mod remembered;
mod settings;
#[cfg(test)]
mod tests;
mod touches;
mod tree;
mod types;

pub use admitted::{Admitted, FunctionCall, StatementKind};
pub(crate) use caps::bounded;
pub use explained::explained;
pub use growth::LONGEST_PARAMETER;
pub(crate) use lexer::{Token, TokenKind, lex};
pub use refusal::Refusal;

use tree::Purpose;

use crate::stack::on_large_stack;

/// Admits `sql` if it is exactly one statement that can only read.
///
/// A text that was admitted lately is not read again.
pub fn admit(sql: &str) -> Result<Admitted, Refusal> {
    decide(sql, Purpose::Run)
}

/// Admits `sql` if it can be planned without harm: what [`admit`] admits, and a change of rows, which is then of kind
/// [`StatementKind::Change`] and must not be run.
pub fn admit_to_plan(sql: &str) -> Result<Admitted, Refusal> {
    decide(sql, Purpose::Plan)
}

fn decide(sql: &str, purpose: Purpose) -> Result<Admitted, Refusal> {
    let remembered = remembered::recall(sql);
    if let Some(admitted) = remembered.filter(|known| purpose == Purpose::Plan || known.is_read_only()) {
        return Ok(admitted);
    }
    let bounded = caps::bounded(sql)?;
    let admitted = on_large_stack(|| tree::admit(&bounded, purpose)).unwrap_or_else(|failed| {
        let allowed = "the same question asked with a simpler statement";
        Err(Refusal::at(sql, 0, "not_understood", failed.to_string(), allowed))
    })?;
    remembered::remember(sql, &admitted);
    Ok(admitted)
}
