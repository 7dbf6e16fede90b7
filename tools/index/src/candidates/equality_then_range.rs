//! Keys for filters: equality columns, then one range.

use pgwright_postgres::catalog::Table;

use super::{Class, Key, MOST_COMBINED, Shared, joined, orders};
use crate::lookup::{Condition, Form, Lookups, matched};

/// Beyond this share of the rows every page is read anyway, and an index saves little more than comparisons.
const LARGEST_SHARE: f64 = 0.15;

pub(super) fn keys(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Vec<Key>> {
    let equal = lookup.subjects(|condition| {
        condition.other_use.is_none() && matches!(condition.form, Form::Equal | Form::Any)
    });
    let ranges = ranges(lookup, table);
    let mut keys: Vec<Vec<Key>> = equal.iter().map(|column| vec![Key::of(column)]).collect();
    keys.extend(ranges.iter().map(|range| vec![range.clone()]));
    for equal in orders(lookup, equal, table, shared) {
        keys.extend(ranges.iter().map(|range| joined(&equal, [range.clone()])));
        // One range at most narrows a scan, and each equality with one range is cheaper to keep than all.
        for one in &equal {
            keys.extend(ranges.iter().map(|range| vec![one.clone(), range.clone()]));
        }
        keys.push(equal);
    }
    keys.retain(|key| narrows(key, lookup, table));
    keys
}

/// Whether the key leaves few rows; what statistics can't say counts as few.
fn narrows(keys: &[Key], lookup: &Lookups, table: &Table) -> bool {
    let constants: Vec<&Condition> =
        lookup.conditions.iter().filter(|condition| condition.other_use.is_none()).collect();
    let shares: Vec<f64> = constants.iter().map(|condition| condition.share.unwrap_or(0.0)).collect();
    matched(keys, table, &constants, &shares).share <= LARGEST_SHARE
}

/// The columns that a range is asked of; of very many the most selective.
pub(super) fn ranges(lookup: &Lookups, table: &Table) -> Vec<Key> {
    let plain = lookup.subjects(|condition| condition.form == Form::Range).into_iter().map(Key::of);
    let prefix =
        lookup.subjects(|condition| condition.form == Form::Prefix).into_iter().map(|subject| match subject
            .column()
            .and_then(|column| table.column(column))
        {
            Some(known) if known.c_collation => Key::of(subject),
            _ => Key::with(subject, Class::TextPattern),
        });
    let mut ranges: Vec<Key> = plain.chain(prefix).collect();
    if ranges.len() > MOST_COMBINED {
        let share = |key: &Key| {
            let of_key = lookup.conditions.iter().filter(|condition| {
                condition.subject == key.part && matches!(condition.form, Form::Range | Form::Prefix)
            });
            of_key.filter_map(|condition| condition.share).fold(1.0, f64::min)
        };
        ranges.sort_by(|a, b| share(a).total_cmp(&share(b)));
        ranges.truncate(MOST_COMBINED);
    }
    ranges
}
