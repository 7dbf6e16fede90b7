//! A snapshot of the same database after its tables have grown.
//!
//! ```text
//!   growth ─▶ factor of each table (with its partitions) ─▶ rows, pages, index pages
//!                        │
//!                        └▶ factor of each column's domain ─▶ n_distinct, histogram, most common values, ends
//! ```
//!
//! A key's values grow with its table, a foreign key's with the table that it points to, and a column of which all possible
//! values are there already stays. What ANALYZE wrote as a share of the rows goes on as one. What cannot be known (dates that
//! go on, a new customer who is larger than all others) stays as it is.

mod domain;
mod references;
mod sampling;

use std::collections::HashMap;

use pgwright_sql::RelationName;

use self::domain::{Domain, Numbers};
use self::references::References;
use self::sampling::{Table, sampled};
use crate::snapshot::{Column, Figures, Relation, Slot, Snapshot, Statistics};

const COMMON: i16 = 1;
const HISTOGRAM: i16 = 2;
const CORRELATION: i16 = 3;
/// A correlation at which equal values lie side by side.
const CLUSTERED: f32 = 0.95;
/// ANALYZE writes n_distinct as a share from here on.
const SHARE: f32 = 0.1;
/// A value of a foreign key that is this much more common than the mean is so for a reason that stays.
const OUTSTANDING: f32 = 10.0;

impl Snapshot {
    /// What it would be after these tables, with their partitions and children, have so many times their rows. A name that is
    /// not in it is given back.
    pub fn grown(&self, growth: &[(RelationName, f64)]) -> Result<Self, RelationName> {
        let mut factors: HashMap<u32, f64> = HashMap::new();
        for (name, factor) in growth {
            let table = self.named(name).ok_or_else(|| name.clone())?;
            for relation in self.with_children(table) {
                factors.insert(relation.oid, *factor);
            }
        }
        let references = References::of(self);
        let target = self.settings.get("default_statistics_target").and_then(|target| target.parse().ok());
        let sample = sampled(target.unwrap_or(100.0));
        let mut grown = self.clone();
        grown.notes.extend(references.notes());
        for relation in &mut grown.relations {
            let Some(before) = self.relation(relation.oid) else { continue };
            let factor = |oid: u32| factors.get(&oid).copied().unwrap_or(1.0);
            let own = factor(relation.oid);
            let domains: HashMap<&str, Domain> = before
                .columns
                .iter()
                .map(|column| (column.name.as_str(), references.domain(before, column, &factor)))
                .collect();
            if own == 1.0 && domains.values().all(Domain::stays) {
                continue;
            }
            relation.figures.grow(own);
            relation.indexes.iter_mut().for_each(|index| index.figures.grow(own));
            let then = before.table(self);
            let now = Table { rows: then.rows * own, blocks: then.blocks * own };
            for statistics in &mut relation.statistics {
                let column = before.columns.iter().find(|column| column.name == statistics.column);
                let domain = column.and_then(|column| domains.get(column.name.as_str()));
                if let Some((column, domain)) = column.zip(domain) {
                    statistics.grow(column, domain, [then, now], sample);
                }
            }
            for column in &mut relation.columns {
                let Some(domain) = domains.get(column.name.as_str()) else { continue };
                column.endpoints = column.endpoints.take().map(|(least, greatest)| {
                    let stretched = domain.stretch().map(|factor| {
                        Numbers::of(&column.type_name, [least.as_str(), greatest.as_str()].into_iter())
                            .map_or_else(|| greatest.clone(), |numbers| numbers.stretched(&greatest, factor))
                    });
                    (least, stretched.unwrap_or(greatest))
                });
            }
        }
        Ok(grown)
    }

    pub(crate) fn with_children<'s>(&'s self, table: &'s Relation) -> Vec<&'s Relation> {
        let mut found = vec![table];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            let children = self.relations.iter().filter(|relation| {
                relation.parents.iter().any(|one| one.schema == parent.schema && one.name == parent.name)
            });
            let new: Vec<&Relation> =
                children.filter(|child| found.iter().all(|known| known.oid != child.oid)).collect();
            found.extend(new);
            at += 1;
        }
        found
    }
}

impl Relation {
    /// Its size; a partitioned table's is its partitions'.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn table(&self, snapshot: &Snapshot) -> Table {
        let all = snapshot.with_children(self);
        let figures = || all.iter().filter(|one| one.has_rows()).map(|one| &one.figures);
        Table {
            rows: figures().map(Figures::rows).sum(),
            blocks: figures().map(|one| one.blocks as f64).sum(),
        }
    }
}

impl Figures {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "estimates"
    )]
    fn grow(&mut self, factor: f64) {
        self.blocks = (self.blocks as f64 * factor).ceil() as u64;
        // Unknown is -1, or 0 before 14.
        if self.relpages > 0 {
            self.relpages = (f64::from(self.relpages) * factor).ceil() as i32;
        }
        if self.reltuples > 0.0 {
            self.reltuples = (f64::from(self.reltuples) * factor) as f32;
        }
        self.relallvisible = (f64::from(self.relallvisible) * factor).floor() as i32;
    }
}

impl Statistics {
    /// The table is as it was, and as it is now.
    #[allow(clippy::cast_possible_truncation, reason = "PostgreSQL's own precision")]
    fn grow(&mut self, column: &Column, domain: &Domain, sizes: [Table; 2], sample: f64) {
        let [then, now] = sizes.map(|table| table.rows);
        let known = match f64::from(self.distinct) {
            share if share < 0.0 => -share * then,
            number => number,
        };
        let grown = match domain {
            Domain::With(factor) => known * factor,
            Domain::Finite(of) if self.distinct < 0.0 => known * of.seen(now) / of.seen(then).max(1.0),
            Domain::Finite(_) => known,
            Domain::Unknown if self.distinct < 0.0 => known * now / then.max(1.0),
            Domain::Unknown => known,
        };
        let grown = if self.is_clustered() {
            let [found_then, found_now] =
                [(sizes[0], known), (sizes[1], grown)].map(|(table, distinct)| table.found(distinct, sample));
            grown * found_now / found_then
        } else {
            grown
        };
        let share = (grown / now.max(1.0)).min(1.0) as f32;
        // Zero is unknown.
        if self.distinct != 0.0 {
            let was_share = self.distinct < 0.0;
            let stays_share = was_share && (now / then.max(1.0) - grown / known.max(1.0)).abs() < 1e-9;
            if !stays_share {
                self.distinct = if share > SHARE { -share } else { grown.max(1.0) as f32 };
            }
        }
        if let Domain::With(factor) = domain
            && *factor != 1.0
        {
            self.spread(column, *factor, known.max(1.0) as f32);
        }
    }

    /// Whether equal values lie side by side.
    fn is_clustered(&self) -> bool {
        let correlation = self.slots.iter().find(|slot| slot.kind == CORRELATION);
        let number = correlation.and_then(|slot| slot.numbers.as_ref()?.first().copied());
        number.is_some_and(|number| number.abs() > CLUSTERED)
    }

    /// Values are stretched, and what was about as common as the mean has the mean's new share.
    #[allow(clippy::cast_possible_truncation, reason = "PostgreSQL's own precision")]
    fn spread(&mut self, column: &Column, factor: f64, distinct: f32) {
        let mean = (1.0 - self.null_ratio) / distinct;
        let values =
            self.slots.iter().filter_map(|slot| slot.values.as_deref().filter(|_| slot.is_of_values()));
        let elements: Vec<String> = values.flat_map(crate::array::elements).flatten().collect();
        let numbers = Numbers::of(&column.type_name, elements.iter().map(String::as_str));
        for slot in &mut self.slots {
            if slot.kind == COMMON {
                let shares = slot.numbers.iter_mut().flatten();
                shares.filter(|share| **share < OUTSTANDING * mean).for_each(|share| *share /= factor as f32);
                slot.order_by_share();
            }
            if slot.is_of_values()
                && let (Some(numbers), Some(values)) = (&numbers, &slot.values)
            {
                let stretched: Vec<Option<String>> = crate::array::elements(values)
                    .into_iter()
                    .map(|value| value.map(|value| numbers.stretched(&value, factor)))
                    .collect();
                slot.values = Some(crate::array::of(stretched.iter().map(Option::as_deref)));
            }
        }
    }
}

impl Slot {
    fn is_of_values(&self) -> bool {
        matches!(self.kind, COMMON | HISTOGRAM)
    }

    /// The most common come first.
    fn order_by_share(&mut self) {
        let (Some(shares), Some(values)) = (&self.numbers, &self.values) else { return };
        let mut pairs: Vec<(f32, Option<String>)> =
            shares.iter().copied().zip(crate::array::elements(values)).collect();
        pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
        self.values = Some(crate::array::of(pairs.iter().map(|(_, value)| value.as_deref())));
        self.numbers = Some(pairs.into_iter().map(|(share, _)| share).collect());
    }
}

#[cfg(test)]
mod tests;
