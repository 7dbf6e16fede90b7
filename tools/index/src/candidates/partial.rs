//! Partial B-trees: over the rows of a rare state, a null, a flag, keyed by what else is asked.
//!
//! Only conditions that are likely to be asked again with the same constant make an index partial: such on columns with
//! few values, known from the most common ones.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::{PredicateKind, Value};
use pgwright_sql::quote_identifier;

use super::{Candidate, Key, Only, Shared, btree, joined, order, orders};
use crate::lookup::{Condition, Form, Lookups};

/// Beyond this share a partial index saves too little beside a whole one.
const LARGEST_SHARE: f64 = 0.2;
/// A column with more values than this has none that stands for a state.
const MOST_STATES: f64 = 40.0;
/// The most conditions that are combined.
const MOST: usize = 3;

pub(super) fn of(lookup: &Lookups, table: &Table, shared: &Shared) -> Vec<Candidate> {
    let rare: Vec<(&Condition, String, f64)> = lookup
        .conditions
        .iter()
        .filter_map(|condition| {
            let share = condition.share.filter(|share| *share <= LARGEST_SHARE)?;
            Some((condition, clause(condition, table)?, share))
        })
        .take(MOST)
        .collect();
    let mut found = Vec::new();
    // Every choice of them that is not empty.
    for chosen in 1_usize..(1 << rare.len()) {
        let chosen: Vec<&(&Condition, String, f64)> =
            rare.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0).map(|(_, one)| one).collect();
        let share: f64 = chosen.iter().map(|(.., share)| share).product();
        let only = Only {
            conditions: chosen.iter().map(|(_, clause, _)| clause.clone()).collect(),
            rows_per_million: per_million(share),
        };
        let is_left = |condition: &Condition| !chosen.iter().any(|(one, ..)| *one == condition);
        for keys in keys(lookup, table, shared, &is_left) {
            let candidate = btree(lookup, table, keys);
            found.extend(candidate.map(|candidate| Candidate { only: Some(only.clone()), ..candidate }));
        }
    }
    found
}

/// What the rows of the index are found by.
fn keys(
    lookup: &Lookups,
    table: &Table,
    shared: &Shared,
    is_left: &dyn Fn(&Condition) -> bool,
) -> Vec<Vec<Key>> {
    let equal =
        lookup.subjects(|condition| is_left(condition) && matches!(condition.form, Form::Equal | Form::Any));
    let ranges = lookup.subjects(|condition| is_left(condition) && condition.form == Form::Range);
    let sort = lookup.order_is_complete.then(|| order::sort(&lookup.order_by)).flatten();
    let group: Vec<Key> = lookup.group_by.iter().map(|column| Key::ascending(column)).collect();
    let mut keys = Vec::new();
    for equal in orders(lookup, equal, table, shared) {
        keys.extend(ranges.iter().map(|range| joined(&equal, [Key::of(range)])));
        keys.extend(sort.iter().map(|sort| joined(&equal, sort.clone())));
        keys.push(joined(&equal, group.clone()));
        keys.push(equal);
    }
    keys.retain(|keys| !keys.is_empty());
    if keys.is_empty() {
        // Any small column will do: what counts is which rows the index holds.
        let smallest =
            lookup.read.iter().flatten().filter_map(|column| table.column(column)).find(|column| {
                column.statistics.as_ref().is_some_and(|known| known.average_width_bytes <= 8)
                    && column.orderable
            });
        let primary = table.primary_key().first().map(|column| vec![Key::ascending(column)]);
        keys.extend(smallest.map(|column| vec![Key::ascending(&column.name)]).or(primary));
    }
    keys
}

/// The condition as SQL, where it is one that an index may be confined to.
pub(crate) fn clause(condition: &Condition, table: &Table) -> Option<String> {
    let column = table.column(condition.column()?)?;
    let known = column.statistics.as_ref()?;
    let is_state = known.distinct > 0.0 && known.distinct <= MOST_STATES && !known.most_common.is_empty();
    let name = quote_identifier(&column.name);
    let is_constant = |value: &&Value| matches!(value, Value::Constant(_));
    let written = |value: &Value| match value {
        Value::Constant(sql) => Some(sql.clone()),
        _ => None,
    };
    match condition.kind.as_ref()? {
        PredicateKind::IsNull => Some(format!("{name} is null")),
        PredicateKind::IsNotNull => Some(format!("{name} is not null")),
        PredicateKind::Boolean(true) => Some(name),
        PredicateKind::Boolean(false) => Some(format!("not {name}")),
        PredicateKind::Equality(value) if is_state => Some(format!("{name} = {}", written(value)?)),
        PredicateKind::Inequality(value) if is_state => Some(format!("{name} <> {}", written(value)?)),
        PredicateKind::In(values) if is_state && values.iter().all(|value| is_constant(&value)) => {
            let values: Vec<String> = values.iter().filter_map(written).collect();
            Some(format!("{name} in ({})", values.join(", ")))
        }
        _ => None,
    }
}

/// All that a partial index may be confined to without losing rows of this condition.
pub(crate) fn clauses(condition: &Condition, table: &Table) -> Vec<String> {
    let mut clauses: Vec<String> = clause(condition, table).into_iter().collect();
    let is_strict = condition.form != Form::None && condition.kind != Some(PredicateKind::IsNull);
    if let Some(column) = condition.column().filter(|_| is_strict) {
        clauses.push(format!("{} is not null", quote_identifier(column)));
    }
    clauses
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a million")]
pub(crate) fn per_million(share: f64) -> u32 {
    (share * 1e6).clamp(1.0, 1e6) as u32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use pgwright_postgres::catalog::Column;

    use super::*;
    use crate::candidates;
    use crate::candidates::examples::{spread, table, workload};

    fn jobs() -> Table {
        let mut state: Column = spread("state", "text", 'S', 3.0);
        state.statistics.as_mut().unwrap().most_common =
            vec![("done".into(), 0.98), ("queued".into(), 0.01), ("failed".into(), 0.01)];
        let mut closed = spread("closed_at", "timestamp", 'D', -0.9);
        closed.statistics.as_mut().unwrap().null_ratio = 0.02;
        let columns =
            vec![spread("id", "int4", 'N', -1.0), state, closed, spread("run_at", "timestamp", 'D', -1.0)];
        table("jobs", 300_000.0, columns, vec![])
    }

    fn confined(sql: &str) -> Vec<String> {
        let found = candidates::of(&workload(&[sql], vec![jobs()]));
        let written = |candidate: &Candidate| {
            let only = candidate.only.as_ref()?.conditions.join(" and ");
            Some(format!("({}) where {only}", candidate.columns().join(", ")))
        };
        found.iter().filter_map(written).collect()
    }

    #[test]
    fn a_rare_state_confines_and_the_rest_is_the_key() {
        let found =
            confined("select id from jobs where state = 'queued' and run_at < '2024-06-01' order by run_at");
        assert!(found.contains(&"(run_at) where state = 'queued'".to_owned()), "{found:?}");
        let found = confined("select id from jobs where closed_at is null order by id limit 5");
        assert!(found.contains(&"(id) where closed_at is null".to_owned()), "{found:?}");
        let found = confined("select id from jobs where state in ('queued', 'failed') order by id limit 5");
        assert!(found.contains(&"(id) where state in ('queued', 'failed')".to_owned()), "{found:?}");
    }

    #[test]
    fn neither_a_common_state_nor_a_value_of_many_confines() {
        assert!(confined("select id from jobs where state = 'done' order by run_at limit 5").is_empty());
        assert!(confined("select * from jobs where id = 7").is_empty());
        assert!(confined("select * from jobs where state = $1 and run_at > $2").is_empty());
    }
}
