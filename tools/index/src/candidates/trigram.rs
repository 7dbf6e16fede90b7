//! GIN over trigrams: patterns that begin with a wildcard or ignore case. Needs the extension `pg_trgm`.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::{PredicateKind, Value};

use super::{Candidate, Class, Key, Method};
use crate::lookup::Lookups;
use crate::workload::Workload;

/// A pattern without three letters in a row has no trigram.
const SHORTEST: usize = 3;

pub(super) fn of(lookup: &Lookups, table: &Table, workload: &Workload) -> Vec<Candidate> {
    if !workload.has_trigrams {
        return Vec::new();
    }
    let conditions = lookup.conditions.iter().filter(|condition| {
        let is_text = condition
            .column()
            .and_then(|column| table.column(column))
            .is_some_and(|column| matches!(column.base_type.as_str(), "text" | "varchar" | "bpchar"));
        is_text && condition.kind.as_ref().is_some_and(has_trigrams)
    });
    conditions
        .map(|condition| {
            Candidate::other(lookup.table, Method::Gin, Key::with(&condition.subject, Class::Trigrams))
        })
        .collect()
}

fn has_trigrams(kind: &PredicateKind) -> bool {
    match kind {
        PredicateKind::LikeOther { pattern: Value::Constant(pattern), .. } => {
            let runs = pattern.split(|c: char| !c.is_alphanumeric());
            runs.map(|run| run.chars().count()).max().unwrap_or(0) >= SHORTEST
        }
        PredicateKind::LikeOther { pattern: Value::Parameter(_), .. } => true,
        _ => false,
    }
}
