//! Partial B-trees without the nulls of a column that is mostly null: a comparison never finds them.

use pgwright_postgres::catalog::Table;
use pgwright_sql::quote_identifier;

use super::partial::per_million;
use super::{Candidate, Only};
use crate::lookup::{Form, Lookups};

/// From this share of nulls on.
const LEAST_NULLS: f64 = 0.5;

pub(super) fn of(plain: &Candidate, lookup: &Lookups, table: &Table) -> Option<Candidate> {
    let column = plain.keys.first()?.column()?;
    let null_ratio = table.column(column)?.statistics.as_ref()?.null_ratio;
    let is_compared = lookup.conditions.iter().any(|condition| {
        condition.column() == Some(column) && condition.form != Form::None && !is_null_test(condition)
    });
    (null_ratio >= LEAST_NULLS && is_compared).then(|| Candidate {
        only: Some(Only {
            conditions: vec![format!("{} is not null", quote_identifier(column))],
            rows_per_million: per_million(1.0 - null_ratio),
        }),
        ..plain.clone()
    })
}

fn is_null_test(condition: &crate::lookup::Condition) -> bool {
    matches!(condition.kind, Some(pgwright_sql::analysis::PredicateKind::IsNull))
}
