//! What a statement would cost with other indexes. The label of every figure comes from the evaluator that made it.

mod modelled;
mod what_if;

use std::future::Future;

use pgwright_contract::ToolError;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::modelled::Modelled;
pub(crate) use self::what_if::WhatIf;
use crate::candidates::Candidate;
use crate::workload::Workload;

/// Who says what an index saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Confidence {
    /// pgwright's own arithmetic over today's plan and the statistics.
    Modelled,
    /// The planner itself, with hypothetical indexes.
    WhatIf,
}

impl Confidence {
    /// As a reader sees it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Modelled => "modelled",
            Self::WhatIf => "what-if",
        }
    }
}

/// Says what statements would cost.
pub(crate) trait Evaluator: Send {
    /// What its figures are.
    fn confidence(&self) -> Confidence;

    /// Whether asking takes so long that answers should be derived from earlier ones where they can be.
    fn is_costly(&self) -> bool;

    /// The cost of one statement of the workload (by place) if these indexes existed beside those there are.
    fn cost(
        &mut self,
        workload: &Workload,
        statement: usize,
        indexes: &[&Candidate],
    ) -> impl Future<Output = Result<f64, ToolError>> + Send;
}
