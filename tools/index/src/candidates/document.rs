//! GIN over documents and arrays: what they contain.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::PredicateKind;

use super::{Candidate, Class, Key, Method};
use crate::lookup::Lookups;

pub(super) fn of(lookup: &Lookups, table: &Table) -> Vec<Candidate> {
    let mut found = Vec::new();
    for condition in &lookup.conditions {
        let Some(column) = condition.column().and_then(|column| table.column(column)) else { continue };
        let Some(PredicateKind::Operator { operator, .. }) = &condition.kind else { continue };
        let is_array = column.category == 'A';
        let class = match (column.base_type.as_str(), operator.as_str()) {
            ("jsonb", "@>" | "@@" | "@?") => Some(Class::JsonPaths),
            ("jsonb", "?" | "?|" | "?&") => None,
            (_, "@>" | "<@" | "&&") if is_array => None,
            _ => continue,
        };
        let key = Key { class, ..Key::of(&condition.subject) };
        found.push(Candidate::other(lookup.table, Method::Gin, key));
    }
    found
}
