//! Keys for looking rows up by a row of another table: the join's columns, with the filters beside them.

use std::collections::BTreeSet;

use pgwright_postgres::catalog::Table;

use super::equality_then_range::ranges;
use super::{Key, Shared, joined, orders};
use crate::lookup::{Form, Lookups};
use crate::served;

pub(super) fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let constant =
        lookup.subjects(|condition| condition.other_use.is_none() && condition.form == Form::Equal);
    let ranges = ranges(lookup, table);
    let others: BTreeSet<usize> =
        lookup.conditions.iter().filter_map(|condition| condition.other_use).collect();
    let mut keys = Vec::new();
    for other in others {
        if served::one_row(&lookup.fixed(Some(other)), table).is_some() {
            continue;
        }
        let met = lookup.subjects(|condition| condition.other_use == Some(other));
        keys.extend(met.iter().map(|column| vec![Key::of(column)]));
        for met in orders(lookup, met, table, shared) {
            for constant in orders(lookup, constant.clone(), table, shared) {
                keys.push(joined(&met, constant.clone()));
                keys.push(joined(&constant, met.clone()));
            }
            keys.extend(ranges.iter().map(|range| joined(&met, [range.clone()])));
            keys.push(met);
        }
    }
    keys
}
