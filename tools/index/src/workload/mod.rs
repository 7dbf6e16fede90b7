//! The statements that can be advised on, with what they ask, their plans today, and the tables behind them.

mod counted;
mod log;
mod plan_reading;
mod read;
mod values;

use std::collections::BTreeMap;

use pgwright_plan::Plan;
use pgwright_postgres::catalog::{RelationKind, Table};
use pgwright_sql::analysis::{Access, Analysis};
use pgwright_sql::guard::Admitted;

pub(crate) use self::counted::counted;
pub(crate) use self::log::logged;
pub(crate) use self::plan_reading::Reading;
pub(crate) use self::read::{Asked, Skipped, explain, read};
use crate::evaluate::{Planned, reading};
use crate::lookup::Lookups;
use crate::scan::Planner;

/// Below these an index saves less than a millisecond: a table of 50 pages is read in one sweep, from memory.
const FEWEST_ROWS: f64 = 1_000.0;
const FEWEST_PAGES: i64 = 50;

/// All that advice is based on.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    /// Statements that were understood.
    pub(crate) statements: Vec<Statement>,
    /// The relations that they name, by OID.
    pub(crate) tables: BTreeMap<u32, Table>,
    /// The session's settings.
    pub(crate) planner: Planner,
    /// What writes do, as far as the statements tell.
    pub(crate) writes: Vec<Write>,
    /// Whether the extension `pg_trgm` is there.
    pub(crate) has_trigrams: bool,
}

/// A write to a table.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    /// The table's OID.
    pub(crate) table: u32,
    /// What it does.
    pub(crate) access: Access,
    /// How many rows, weighed as calls of statements are.
    pub(crate) calls: f64,
}

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// Its place in the input.
    pub(crate) number: usize,
    /// What it asks of each table.
    pub(crate) analysis: Analysis,
    /// The relation behind each of the analysis' tables, where it was found.
    pub(crate) relations: Vec<Option<u32>>,
    /// What each of them asks of a B-tree.
    pub(crate) lookups: Vec<Option<Lookups>>,
    /// It with values for its parameters; as it is where it has none, or none are known. One at least.
    pub(crate) variants: Vec<Variant>,
    /// What one unit of its cost weighs among the others.
    pub(crate) weight: f64,
}

/// A statement as it might be sent.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// Its text.
    pub(crate) sql: Admitted,
    /// The plan as things are.
    pub(crate) plan: Plan,
    /// What the plan's nodes mean to the analysis.
    pub(crate) reading: Reading,
}

/// Why a relation gets no index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is a view, foreign table, partitioned table or the system's own.
    Kind,
    /// ANALYZE never ran on it.
    Unknown,
    /// It is read in one sweep.
    Small,
}

impl Workload {
    /// What each occurrence of a table that is worth an index asks.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = &Lookups> {
        self.statements
            .iter()
            .flat_map(|statement| &statement.lookups)
            .flatten()
            .filter(|lookups| self.tables.get(&lookups.table).is_some_and(|table| unfit(table).is_none()))
    }
}

impl Statement {
    /// The cost as things are.
    #[allow(clippy::cast_precision_loss, reason = "a handful of variants")]
    pub(crate) fn cost(&self) -> f64 {
        let sum: f64 = self.variants.iter().map(|variant| variant.plan.root().estimate.total_cost).sum();
        sum / (self.variants.len() as f64).max(1.0)
    }

    /// The plan as things are.
    pub(crate) fn today(&self, workload: &Workload) -> Planned {
        let name = |name: &str| {
            reading::existing(name, self, workload).into_iter().map(reading::Index::Existing).collect()
        };
        Planned::mean(self.variants.iter().map(|variant| Planned::read(&variant.plan, name)).collect())
    }
}

/// Why the relation gets no index, if so.
pub(crate) fn unfit(table: &Table) -> Option<Unfit> {
    let is_system =
        matches!(table.name.schema.as_deref(), Some("pg_catalog" | "information_schema" | "pg_toast"));
    if is_system || !matches!(table.kind, RelationKind::Table | RelationKind::MaterializedView) {
        return Some(Unfit::Kind);
    }
    let Some(rows) = table.estimated_rows else {
        return Some(if table.pages < FEWEST_PAGES { Unfit::Small } else { Unfit::Unknown });
    };
    (rows < FEWEST_ROWS || table.pages < FEWEST_PAGES).then_some(Unfit::Small)
}
