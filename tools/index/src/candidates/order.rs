//! Keys that give rows in the order that is asked for: equality columns, then the sort with its directions.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::SortKey;

use super::{Key, Shared, joined, orders};
use crate::lookup::{Form, Lookups};

pub(super) fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let extremes = lookup.extremes.iter().map(|column| vec![Key::ascending(column)]);
    let sorts: Vec<Vec<Key>> = lookup
        .order_is_complete
        .then(|| sort(&lookup.order_by))
        .flatten()
        .into_iter()
        .chain(extremes)
        .collect();
    // Only a single value leaves the rest of the key in order: IN does not.
    let equal = lookup.subjects(|condition| condition.other_use.is_none() && condition.form == Form::Equal);
    // The sort alone, with a filter beside it, would read on and on where the filter's rows come late in its order.
    let equal = orders(lookup, equal, table, shared);
    let after = |sort: &Vec<Key>| equal.iter().map(|equal| joined(equal, sort.clone())).collect::<Vec<_>>();
    sorts.iter().flat_map(after).collect()
}

/// The sort as a key. One whose columns all go the other way than an index does is read backwards.
pub(super) fn sort(order_by: &[SortKey]) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    for key in order_by {
        let (descending, nulls_first) = (key.descending, key.nulls_first);
        keys.push(Key { descending, nulls_first, ..Key::of(&key.subject) });
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
