//! GIN over lexemes: full text search in a `tsvector`, stored or made by an expression.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::{PredicateKind, Subject};

use super::{Candidate, Key, Method};
use crate::lookup::Lookups;

pub(super) fn of(lookup: &Lookups, table: &Table) -> Vec<Candidate> {
    let is_searched = |subject: &Subject| match subject {
        Subject::Column(column) => table.column(column).is_some_and(|column| column.base_type == "tsvector"),
        // Immutable only with the configuration as a constant in front.
        Subject::Expression { expression, .. } => {
            let expression = expression.to_ascii_lowercase();
            expression.starts_with("to_tsvector('") && !expression.contains("now(")
        }
    };
    let searches = lookup.conditions.iter().filter(|condition| {
        let is_match =
            matches!(&condition.kind, Some(PredicateKind::Operator { operator, .. }) if operator == "@@");
        is_match && is_searched(&condition.subject)
    });
    searches
        .map(|condition| Candidate::other(lookup.table, Method::Gin, Key::of(&condition.subject)))
        .collect()
}
