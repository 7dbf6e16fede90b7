//! How long a statement makes its values, and how much work that is which no timeout stops.
//!
//! PostgreSQL looks for a cancellation between rows, and in few of its functions. Within one row a statement may make a text
//! of any length out of nothing, and hand it to functions whose time is the product of their arguments. So each query is
//! read as PostgreSQL would run it, innermost first, with a bound on every value: its length, its figure (which may be a
//! width or a number of copies), and the expressions that it comes to once subqueries are written out.
//!
//! ```text
//! FROM (tables, subqueries, functions: columns and rows) ─ expressions ─ outputs ─ … the query around
//! ```
//!
//! What is stored counts as small: only what the statement itself makes is judged.

mod expression;
mod from;
mod functions;
mod operators;
mod query;
mod scope;
mod size;
#[cfg(test)]
mod tests;

use squawk_syntax::ast::{AstNode, SelectVariant};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::refusal::Refusal;
use scope::Scope;

pub use size::LONGEST_PARAMETER;

/// What one row may take without a look for a cancellation, in nanoseconds.
const MOST_WORK: u64 = 1_500_000_000;
/// One character through one function, the slowest measured (`upper`).
const PASS: u64 = 100;
/// One character that is only copied, or made where PostgreSQL looks for a cancellation: what it costs is memory.
const COPY: u64 = 10;
/// One pair of characters or elements, where a function compares each with each.
const PAIR: u64 = 2;
/// The expressions that all outputs and conditions may come to.
const MOST_PARTS: u64 = 100_000;
/// Queries inside queries; those of recursive tables are read several times.
const MOST_QUERIES: usize = 20_000;

const SHORTER: &str = "shorter values: bound what grows by left(…), least(n, 1000) or LIMIT, or make and search it in statements \
                       of their own";
const FLATTER: &str =
    "fewer uses of what a subquery works out, or WITH name AS MATERIALIZED, which works it out once";

/// Refuses a statement that makes values too long for what it does with them.
pub(super) fn check(sql: &str, file: &SyntaxNode) -> Result<(), Refusal> {
    let mut growth = Growth::default();
    let root = file.first_child();
    let query = root.iter().flat_map(|root| match SelectVariant::can_cast(root.kind()) {
        true => Some(root.clone()),
        false => root.children().find(|child| SelectVariant::can_cast(child.kind())),
    });
    for query in query {
        growth.query(&query, &Scope::default());
    }
    if growth.work > MOST_WORK || growth.queries > MOST_QUERIES {
        let message = "this makes values too long for what is done with them, and no timeout stops that";
        return Err(Refusal::at(sql, growth.heaviest.1, "cannot_be_stopped", message, SHORTER));
    }
    if growth.parts > MOST_PARTS {
        let message = format!(
            "written out, the subqueries make this more than {MOST_PARTS} expressions, and planning those can't be stopped"
        );
        return Err(Refusal::at(sql, 0, "too_large_when_expanded", message, FLATTER));
    }
    Ok(())
}

/// What was read so far.
#[derive(Debug, Default)]
struct Growth {
    work: u64,
    /// The most work at one place, and where.
    heaviest: (u64, usize),
    parts: u64,
    queries: usize,
}

impl Growth {
    fn works(&mut self, node: &SyntaxNode, nanoseconds: u64) {
        self.work = self.work.saturating_add(nanoseconds);
        if nanoseconds > self.heaviest.0 {
            self.heaviest = (nanoseconds, node.text_range().start().into());
        }
    }

    /// A function that looks at each character of what it makes.
    fn passes(&mut self, node: &SyntaxNode, length: u64) {
        self.works(node, length.saturating_mul(PASS));
    }

    fn copies(&mut self, node: &SyntaxNode, length: u64) {
        self.works(node, length.saturating_mul(COPY));
    }

    /// A function that compares each part of one with each part of another.
    fn pairs(&mut self, node: &SyntaxNode, one: u64, other: u64) {
        self.works(node, one.saturating_mul(other).saturating_mul(PAIR));
    }
}

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

fn name_of(node: &SyntaxNode) -> String {
    crate::names::truncated(squawk_syntax::ast::normalize_name_node(node))
}
