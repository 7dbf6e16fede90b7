//! Keys that give rows in the order that is asked for: equality columns, then the sort with its directions.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::SortKey;

use super::{Key, Shared, joined, orders};
use crate::lookup::{Form, Lookups};

pub(super) fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    if !lookup.order_is_complete {
        return Vec::new();
    }
    let Some(sort) = sort(&lookup.order_by) else { return Vec::new() };
    // Only a single value leaves the rest of the key in order: IN does not.
    let equal = lookup.columns(|condition| condition.other_use.is_none() && condition.form == Form::Equal);
    // The sort alone, with a filter beside it, would read on and on where the filter's rows come late in its order.
    orders(lookup, equal, table, shared).into_iter().map(|equal| joined(&equal, sort.clone())).collect()
}

/// The sort as a key. One whose columns all go the other way than an index does is read backwards.
fn sort(order_by: &[SortKey]) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    for key in order_by {
        let (descending, nulls_first) = (key.descending, key.nulls_first);
        keys.push(Key { descending, nulls_first, ..Key::ascending(key.subject.column()?) });
    }
    let leads_backwards = keys.first()?.descending;
    if leads_backwards {
        for key in &mut keys {
            key.descending = !key.descending;
            key.nulls_first = !key.nulls_first;
        }
    }
    Some(keys)
}
