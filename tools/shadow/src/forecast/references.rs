//! Which table a column's values grow with: its own, by a key; another, by a foreign key, or by what looks like one.

use std::collections::HashMap;

use super::domain::{Domain, Numbers};
use crate::array;
use crate::snapshot::{Column, Relation, Snapshot};

/// How near the ends of two columns are, as a share of their span, that hold the same values.
const NEAR: f64 = 0.1;
/// ANALYZE found every value to be another.
const UNIQUE: f32 = -0.99;
/// How near the distinct values are to what a finite domain would show.
const AS_EXPECTED: std::ops::Range<f64> = 0.67..1.5;

/// What points where.
pub(super) struct References {
    /// The table that a column's values come from, by its own table and its name.
    to: HashMap<(u32, String), u32>,
    assumed: Vec<String>,
}

impl References {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut this = Self { to: HashMap::new(), assumed: Vec::new() };
        let keys: Vec<Key<'_>> = snapshot.relations.iter().filter_map(Key::of).collect();
        for relation in &snapshot.relations {
            for one in ancestors(snapshot, relation) {
                this.declared(relation, one);
            }
        }
        for relation in &snapshot.relations {
            for column in &relation.columns {
                let place = (relation.oid, column.name.clone());
                if this.to.contains_key(&place) {
                    continue;
                }
                let Some(key) = keys.iter().find(|key| key.is_meant_by(relation, column)) else { continue };
                this.to.insert(place, key.relation.oid);
                if key.relation.oid != relation.oid {
                    this.assumed.push(format!("{}.{}", relation.name, column.name));
                }
            }
        }
        this
    }

    fn declared(&mut self, relation: &Relation, of: &Relation) {
        for constraint in &of.constraints {
            match (constraint.kind, constraint.referenced, constraint.columns.as_slice()) {
                ('f', Some(to), columns) => {
                    for (column, _) in columns {
                        self.to.insert((relation.oid, column.clone()), to);
                    }
                }
                ('p' | 'u', _, [(column, _)]) => {
                    // A key that is a foreign key too goes with the table that it points to.
                    self.to.entry((relation.oid, column.clone())).or_insert(relation.oid);
                }
                _ => {}
            }
        }
    }

    /// What has been taken for a reference.
    pub(super) fn notes(&self) -> Option<String> {
        (!self.assumed.is_empty()).then(|| {
            format!(
                "growth: taken for foreign keys by their names and ranges, and growing with what they point to: {}",
                self.assumed.join(", ")
            )
        })
    }

    pub(super) fn domain(
        &self,
        relation: &Relation,
        column: &Column,
        factor: &impl Fn(u32) -> f64,
    ) -> Domain {
        if let Some(to) = self.to.get(&(relation.oid, column.name.clone())) {
            return Domain::With(factor(*to));
        }
        let Some(numbers) = numbers(relation, column) else { return Domain::Unknown };
        let distinct = relation.statistics_of(&column.name).map_or(0.0, |statistics| statistics.distinct);
        // Surrogate keys need no constraint.
        if distinct <= UNIQUE && !column.type_name.starts_with("numeric") {
            return Domain::With(factor(relation.oid));
        }
        let rows = relation.figures.rows();
        let possible = numbers.possible();
        let known = if distinct < 0.0 { -f64::from(distinct) * rows } else { f64::from(distinct) };
        if AS_EXPECTED.contains(&(known / possible.seen(rows).max(1.0))) {
            Domain::Finite(possible)
        } else {
            Domain::Unknown
        }
    }
}

/// Itself and the tables that it is a part of.
fn ancestors<'s>(snapshot: &'s Snapshot, relation: &'s Relation) -> Vec<&'s Relation> {
    let mut found = vec![relation];
    let mut at = 0;
    while let Some(one) = found.get(at).copied() {
        let parents = one.parents.iter().filter_map(|parent| {
            snapshot
                .relations
                .iter()
                .find(|relation| relation.schema == parent.schema && relation.name == parent.name)
        });
        found.extend(parents);
        at += 1;
    }
    found
}

/// The numbers that statistics and ends know of a column.
fn numbers(relation: &Relation, column: &Column) -> Option<Numbers> {
    let statistics = relation.statistics_of(&column.name)?;
    let mut values: Vec<String> = statistics
        .slots
        .iter()
        .filter(|slot| matches!(slot.kind, super::COMMON | super::HISTOGRAM))
        .filter_map(|slot| slot.values.as_deref())
        .flat_map(array::elements)
        .flatten()
        .collect();
    values.extend(column.endpoints.iter().flat_map(|(least, greatest)| [least.clone(), greatest.clone()]));
    Numbers::of(&column.type_name, values.iter().map(String::as_str))
}

/// A table's primary key of one column of numbers.
struct Key<'s> {
    relation: &'s Relation,
    column: &'s Column,
    numbers: Numbers,
}

impl<'s> Key<'s> {
    fn of(relation: &'s Relation) -> Option<Self> {
        let of_key = relation.constraints.iter().find(|constraint| constraint.kind == 'p')?;
        let [(name, _)] = of_key.columns.as_slice() else { return None };
        let column = relation.columns.iter().find(|column| column.name == *name)?;
        Some(Self { relation, column, numbers: numbers(relation, column)? })
    }

    /// Whether a column is named after the key and has its range.
    fn is_meant_by(&self, relation: &Relation, column: &Column) -> bool {
        if relation.oid == self.relation.oid || !self.is_named_by(&column.name) {
            return false;
        }
        let Some(numbers) = numbers(relation, column) else { return false };
        let room = NEAR * (self.numbers.greatest - self.numbers.least).max(1.0);
        (numbers.least - self.numbers.least).abs() <= room
            && (numbers.greatest - self.numbers.greatest).abs() <= room
    }

    /// `l_partkey` means `p_partkey`; `customer_id` means `id` of `customer` or `customers`.
    fn is_named_by(&self, name: &str) -> bool {
        let key = self.column.name.as_str();
        let stem =
            |name: &str| name.split_once('_').map(|(_, stem)| stem.to_owned()).filter(|stem| stem.len() > 3);
        if name == key && key != "id" {
            return true;
        }
        if stem(name).is_some() && stem(name) == stem(key) {
            return true;
        }
        let table = self.relation.name.as_str();
        let singular = table
            .strip_suffix("ies")
            .map_or_else(|| table.strip_suffix('s').unwrap_or(table).to_owned(), |start| format!("{start}y"));
        [table, singular.as_str()].into_iter().any(|table| name == format!("{table}_{key}"))
    }
}
