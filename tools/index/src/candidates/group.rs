//! Keys that bring the rows of a group together: equality columns, then the grouping.

use pgwright_postgres::catalog::Table;

use super::{Key, Shared, joined, orders};
use crate::lookup::{Form, Lookups};

pub(super) fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    if lookup.group_by.is_empty() {
        return Vec::new();
    }
    let equal = lookup.subjects(|condition| condition.other_use.is_none() && condition.form == Form::Equal);
    let grouped: Vec<Key> = lookup.group_by.iter().map(|column| Key::ascending(column)).collect();
    orders(lookup, equal, table, shared).into_iter().map(|equal| joined(&equal, grouped.clone())).collect()
}
