//! What one occurrence of a table asks, reduced to what a B-tree can look up.

use pgwright_postgres::catalog::{KeyPart, Table};
use std::collections::BTreeSet;

use pgwright_sql::analysis::{Predicate, PredicateKind, SortKey, Subject, TableUse, Value};

use crate::candidates::{Class, Key, partial};
use crate::{indexable, selectivity};

/// What a condition is to a B-tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One value: later key columns stay useful, and in order.
    Equal,
    /// One of several values: later key columns stay useful.
    Any,
    /// A range: ends the useful part of a key.
    Range,
    /// `like 'x%'`: a range for keys that compare byte by byte.
    Prefix,
    /// Only a filter.
    None,
}

/// A condition on one table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// What is compared.
    pub(crate) subject: Subject,
    /// How, where it is not a join.
    pub(crate) kind: Option<PredicateKind>,
    /// What it is to a B-tree.
    pub(crate) form: Form,
    /// The share of rows that meet it, as far as statistics say.
    pub(crate) share: Option<f64>,
    /// For a join: the other occurrence, known for each of its rows only.
    pub(crate) other_use: Option<usize>,
}

/// What one occurrence of a table asks.
#[derive(Debug, Clone)]
pub(crate) struct Lookups {
    /// The table's OID.
    pub(crate) table: u32,
    /// Its conditions: constants first, then joins.
    pub(crate) conditions: Vec<Condition>,
    /// The leading sort keys.
    pub(crate) order_by: Vec<SortKey>,
    /// Whether they are the whole order.
    pub(crate) order_is_complete: bool,
    /// Grouping by bare columns.
    pub(crate) group_by: Vec<String>,
    /// What only the least or the greatest value is asked of.
    pub(crate) extremes: Vec<String>,
    /// The columns that are read of it; nothing where whole rows are.
    pub(crate) read: Option<BTreeSet<String>>,
    /// Its conditions as a partial index may have them.
    pub(crate) clauses: Vec<String>,
}

impl Condition {
    /// The column, if it is on a bare one.
    pub(crate) fn column(&self) -> Option<&str> {
        self.subject.column()
    }
}

impl Lookups {
    /// Reads one occurrence of `table`.
    pub(crate) fn of(table_use: &TableUse, table: &Table) -> Self {
        let constants = table_use.predicates.iter().map(|predicate| condition(predicate, table));
        let joins = table_use.joins.iter().filter(|join| join.lookup).map(|join| Condition {
            subject: Subject::Column(join.column.clone()),
            kind: None,
            form: Form::Equal,
            share: selectivity::average_share(&join.column, table),
            other_use: Some(join.other_use),
        });
        let group_by: Vec<String> =
            table_use.group_by.iter().filter_map(|subject| subject.column()).map(str::to_owned).collect();
        let conditions: Vec<Condition> = constants.chain(joins).collect();
        Self {
            table: table.oid,
            clauses: conditions.iter().flat_map(|condition| partial::clauses(condition, table)).collect(),
            conditions,
            order_by: table_use.order_by.clone(),
            order_is_complete: table_use.order_is_complete,
            group_by: if group_by.len() == table_use.group_by.len() { group_by } else { Vec::new() },
            extremes: table_use.extremes.iter().filter_map(Subject::column).map(str::to_owned).collect(),
            read: (!table_use.used.whole_row).then(|| table_use.used.columns.clone()),
        }
    }

    /// The columns that constants, and a row of `other` where one is given, bind to one value each.
    pub(crate) fn fixed(&self, other: Option<usize>) -> Vec<&str> {
        let fixed = self.subjects(|condition| {
            condition.form == Form::Equal && (condition.other_use.is_none() || condition.other_use == other)
        });
        fixed.into_iter().filter_map(Subject::column).collect()
    }

    /// What the conditions that are wanted compare, each once.
    pub(crate) fn subjects(&self, wanted: impl Fn(&Condition) -> bool) -> Vec<&Subject> {
        let wanted = self.conditions.iter().filter(|condition| wanted(condition));
        let mut subjects: Vec<&Subject> = wanted.map(|condition| &condition.subject).collect();
        let mut seen = BTreeSet::new();
        subjects.retain(|subject| seen.insert(*subject));
        subjects
    }
}

fn condition(predicate: &Predicate, table: &Table) -> Condition {
    let is_late = |value: &Value| matches!(value, Value::OtherRow(_));
    let form = match &predicate.kind {
        PredicateKind::Equality(value) if !is_late(value) => Form::Equal,
        PredicateKind::IsNull | PredicateKind::Boolean(_) => Form::Equal,
        PredicateKind::In(values) if !values.iter().any(is_late) => Form::Any,
        PredicateKind::EqualsAny(value) if !is_late(value) => Form::Any,
        PredicateKind::Range { lower, upper }
            if !lower.iter().chain(upper).any(|bound| is_late(&bound.value)) =>
        {
            Form::Range
        }
        PredicateKind::LikePrefix { .. } => Form::Prefix,
        _ => Form::None,
    };
    Condition {
        form: if indexable::is(&predicate.subject, table) { form } else { Form::None },
        subject: predicate.subject.clone(),
        kind: Some(predicate.kind.clone()),
        share: selectivity::share(predicate, table),
        other_use: None,
    }
}

/// Fills in the shares that statistics don't say, so that all together give `together`, the planner's own estimate of
/// what passes every condition.
pub(crate) fn calibrate(conditions: &[&Condition], together: f64) -> Vec<f64> {
    let known: f64 = conditions.iter().filter_map(|condition| condition.share).product();
    let unknown = conditions.iter().filter(|condition| condition.share.is_none()).count();
    let each = match i32::try_from(unknown) {
        Ok(unknown) if unknown > 0 => (together / known).clamp(1e-9, 1.0).powf(1.0 / f64::from(unknown)),
        _ => 1.0,
    };
    conditions.iter().map(|condition| condition.share.unwrap_or(each)).collect()
}

/// What of a key narrows a scan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matched {
    /// The share of rows between the scan's ends.
    pub(crate) share: f64,
    /// Leading key columns that are bound to one value.
    pub(crate) fixed: usize,
    /// Searches: one for each combination of listed values.
    pub(crate) searches: f64,
    /// The conditions that the key serves, by their place in the list.
    pub(crate) served: Vec<usize>,
}

/// Holds a key against conditions, whose shares stand beside them.
pub(crate) fn matched(keys: &[Key], table: &Table, conditions: &[&Condition], shares: &[f64]) -> Matched {
    let mut matched = Matched { share: 1.0, fixed: 0, searches: 1.0, served: Vec::new() };
    let mut all_fixed = true;
    for key in keys {
        let find = |form: Form| {
            conditions.iter().position(|condition| condition.form == form && condition.subject == key.part)
        };
        let is_pattern = key.class == Some(Class::TextPattern);
        let in_c =
            key.column().and_then(|column| table.column(column)).is_some_and(|column| column.c_collation);
        let by_bytes = is_pattern || in_c;
        let range = find(Form::Range).filter(|_| !is_pattern);
        let range = range.or_else(|| find(Form::Prefix).filter(|_| by_bytes));
        let Some(found) = find(Form::Equal).or_else(|| find(Form::Any)).or(range) else { break };
        let share = shares.get(found).copied().unwrap_or(1.0);
        matched.share *= share;
        matched.served.push(found);
        match conditions.get(found).map(|condition| condition.form) {
            Some(Form::Equal) => {}
            Some(Form::Any) => {
                all_fixed = false;
                let average = key
                    .column()
                    .and_then(|column| selectivity::average_share(column, table))
                    .unwrap_or(share);
                matched.searches *= (share / average.max(1e-12)).clamp(1.0, 1_000.0);
            }
            _ => break,
        }
        matched.fixed += usize::from(all_fixed);
    }
    matched
}

/// The keys of an existing index, up to the first part that is no plain column of the default class and its own
/// collation.
pub(crate) fn plain_keys(index: &pgwright_postgres::catalog::Index) -> Vec<Key> {
    index
        .keys
        .iter()
        .map_while(|key| match &key.part {
            KeyPart::Column(column) if key.default_class => Some(Key {
                descending: key.descending,
                nulls_first: key.nulls_first,
                ..Key::ascending(column)
            }),
            _ => None,
        })
        .collect()
}
