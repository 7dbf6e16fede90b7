//! BRIN: the least and greatest of each stretch of pages, for columns whose values go with the order on disk. A thousandth
//! of a B-tree's size.

use pgwright_postgres::catalog::Table;

use super::{Candidate, Key, Method};
use crate::lookup::{Form, Lookups};

const LEAST_CORRELATION: f64 = 0.95;
/// Below this a B-tree is small enough.
const FEWEST_PAGES: i64 = 2_000;

pub(super) fn of(lookup: &Lookups, table: &Table) -> Vec<Candidate> {
    if table.pages < FEWEST_PAGES {
        return Vec::new();
    }
    let goes_along = |column: &str| {
        let known = table.column(column).and_then(|column| column.statistics.as_ref());
        known.and_then(|known| known.correlation).is_some_and(|found| found.abs() >= LEAST_CORRELATION)
    };
    let ranges = lookup.conditions.iter().filter(|condition| condition.form == Form::Range);
    ranges
        .filter(|condition| condition.column().is_some_and(goes_along))
        .map(|condition| Candidate::other(lookup.table, Method::Brin, Key::of(&condition.subject)))
        .collect()
}
