//! What a change of costs is worth: the time of the whole workload, and, so that a rare statement counts for something too,
//! the factor by which each statement gets quicker.

use pgwright_sql::analysis::Access;

use crate::candidates::{Candidate, Method};
use crate::workload::{Workload, Write};

/// An index must make some statement this much cheaper, or its upkeep is not worth it …
const LEAST_SHARE: f64 = 0.1;
/// … and by this much: what reading 50 pages in sequence costs, half a millisecond.
const LEAST_COST: f64 = 50.0;
/// What all factors together are worth beside the time of the whole.
const OF_FACTORS: f64 = 0.2;
/// What a gigabyte is worth when nothing else differs.
const OF_GIGABYTE: f64 = 1e-4;

/// Whether the fall of a statement's cost is worth an index.
pub(crate) fn pays(before: f64, after: f64) -> bool {
    before - after >= (before * LEAST_SHARE).max(LEAST_COST)
}

/// How costs are weighed.
pub(super) struct Worth {
    weights: Vec<f64>,
    /// The weighted cost of all as things are.
    whole: f64,
    statements: f64,
    wal: f64,
}

impl Worth {
    #[allow(clippy::cast_precision_loss, reason = "a count of statements")]
    pub(super) fn of(workload: &Workload) -> Self {
        let weights: Vec<f64> = workload.statements.iter().map(|statement| statement.weight).collect();
        let whole: f64 = workload.statements.iter().map(|one| one.weight * one.cost()).sum();
        Self {
            weights,
            whole: whole.max(1.0),
            statements: (workload.statements.len() as f64).max(1.0),
            wal: wal_today(workload).max(1.0),
        }
    }

    /// As a share of the whole, of those statements alone that it pays for.
    pub(super) fn gain(&self, before: &[f64], after: &[f64]) -> f64 {
        let mut gain = 0.0;
        for (weight, (before, after)) in self.weights.iter().zip(before.iter().zip(after)) {
            if pays(*before, *after) || pays(*after, *before) {
                let factor = (before.max(1.0) / after.max(1.0)).ln();
                gain +=
                    self.of_cost(weight * (before - after)) + OF_FACTORS * factor / self.statements / 10.0;
            }
        }
        gain
    }

    pub(super) fn of_cost(&self, weighted: f64) -> f64 {
        weighted / self.whole
    }

    pub(super) fn of_upkeep(&self, upkeep: Upkeep) -> f64 {
        self.of_cost(upkeep.cost) + upkeep.wal / self.wal * OF_WAL
    }

    pub(super) fn of_bytes(&self, bytes: f64) -> f64 {
        bytes / 1e9 * OF_GIGABYTE
    }
}

/// What twice the WAL is worth beside the time of the whole.
const OF_WAL: f64 = 0.03;
/// WAL of a row that is written, of an entry, and of one that stays where it was, in bytes; seen on PostgreSQL 15.
const ROW_WAL: f64 = 120.0;
const ENTRY_WAL: f64 = 72.0;
const HOT_WAL: f64 = 80.0;

/// What one entry costs when it is written, in the planner's units: a descent and a changed page.
fn entry(method: Method) -> f64 {
    match method {
        Method::Btree => 1.5,
        // Every element of a document is an entry, gathered in a pending list.
        Method::Gin => 6.0,
        Method::Brin => 0.1,
    }
}

/// What the writes of a workload take more with the index.
pub(super) fn upkeep(candidate: &Candidate, workload: &Workload) -> Upkeep {
    let writes = workload.writes.iter().filter(|write| write.table == candidate.table);
    let entries = |write: &Write| of_write(write, candidate, workload) / entry(Method::Btree);
    Upkeep {
        cost: writes.clone().map(|write| write.calls * of_write(write, candidate, workload)).sum(),
        wal: writes.map(|write| write.calls * entries(write)).sum::<f64>() * ENTRY_WAL,
    }
}

/// What an index takes of writes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Upkeep {
    /// In the planner's units.
    pub(super) cost: f64,
    /// WAL in bytes.
    pub(super) wal: f64,
}

impl std::iter::Sum for Upkeep {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { cost: sum.cost + one.cost, wal: sum.wal + one.wal })
    }
}

/// The WAL of the workload's writes as things are.
#[allow(clippy::cast_precision_loss, reason = "a count of indexes")]
fn wal_today(workload: &Workload) -> f64 {
    let of_write = |write: &Write| {
        let indexes = workload.tables.get(&write.table).map_or(1.0, |table| table.indexes.len() as f64);
        write.calls
            * match &write.access {
                Access::Read => 0.0,
                Access::Insert => ROW_WAL + indexes * ENTRY_WAL,
                Access::Update(_) => HOT_WAL,
                Access::Delete => HOT_WAL / 2.0,
            }
    };
    workload.writes.iter().map(of_write).sum()
}

#[allow(clippy::cast_precision_loss, reason = "a count of indexes")]
fn of_write(write: &Write, candidate: &Candidate, workload: &Workload) -> f64 {
    let own = entry(candidate.method) * candidate.share();
    match &write.access {
        Access::Read | Access::Delete => 0.0,
        Access::Insert => own,
        Access::Update(columns) => {
            let rests_on = |column: &str| columns.contains(column);
            if !candidate.columns().into_iter().any(rests_on) {
                return 0.0;
            }
            // A row that moves for one index gets an entry in every one.
            let indexes = workload.tables.get(&candidate.table).map(|table| &table.indexes);
            let was_hot = indexes
                .is_none_or(|indexes| !indexes.iter().any(|index| index.leading_columns().any(rests_on)));
            let others =
                if was_hot { indexes.map_or(0.0, |indexes| indexes.len() as f64) * 1.5 } else { 0.0 };
            own + others
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_and_fifty_pages_pay() {
        assert!(pays(1_000.0, 890.0));
        assert!(!pays(1_000.0, 950.0));
        assert!(!pays(60.0, 15.0));
    }
}
