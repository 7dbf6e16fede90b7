//! What a statement would cost with other indexes. The label of every figure comes from the evaluator that made it.

mod modelled;
pub(crate) mod reading;
mod shadowed;
mod what_if;

use std::collections::BTreeSet;
use std::future::Future;

use pgwright_contract::ToolError;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::modelled::Modelled;
pub(crate) use self::shadowed::Shadowed;
pub(crate) use self::what_if::WhatIf;
use crate::candidates::Candidate;
use crate::workload::Workload;

/// Who says what an index saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Confidence {
    /// pgwright's own arithmetic over today's plan and the statistics.
    Modelled,
    /// The planner itself, with hypothetical indexes.
    WhatIf,
    /// The planner itself on an empty copy of this database, with the index really made there.
    ExactWhatIf,
    /// The planner and the clock on this database, with the index built for a moment.
    Measured,
}

impl Confidence {
    /// As a reader sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Modelled => "modelled",
            Self::WhatIf => "what-if",
            Self::ExactWhatIf => "exact what-if",
            Self::Measured => "measured",
        }
    }
}

/// Indexes that exist beside what there is, and such that are away: candidates by their place, existing ones by OID.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Changed {
    pub(crate) with: BTreeSet<usize>,
    pub(crate) without: BTreeSet<u32>,
}

/// A plan of a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Planned {
    /// Its cost.
    pub(crate) cost: f64,
    /// What it may cost more if rows that pass a filter are not spread evenly: a `LIMIT` then reads on and on.
    pub(crate) risk: f64,
    /// The candidates that it uses.
    pub(crate) used: BTreeSet<usize>,
    /// The existing indexes that it uses.
    pub(crate) existing: BTreeSet<u32>,
}

/// Says what statements would cost.
pub(crate) trait Evaluator: Send {
    /// What its figures are.
    fn confidence(&self) -> Confidence;

    /// How many plans were asked for.
    fn explains(&self) -> u64;

    /// Makes candidates known under their places. For each the bytes that it would take, or why it cannot be judged.
    fn prepare(
        &mut self,
        workload: &Workload,
        candidates: &[Candidate],
    ) -> impl Future<Output = Result<Vec<Result<u64, String>>, ToolError>> + Send;

    /// The plan of one statement of the workload (by place) after such a change.
    fn plan(
        &mut self,
        workload: &Workload,
        statement: usize,
        changed: &Changed,
    ) -> impl Future<Output = Result<Planned, ToolError>> + Send;
}
