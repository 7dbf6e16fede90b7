//! What would change under other settings: PostgreSQL plans the statement with them, and its estimate is compared.
//!
//! Nothing is said to help unless PostgreSQL estimated so.

use pgwright_contract::units::{bytes, count, percent, round};
use pgwright_index::Confidence;
use pgwright_plan::{Finding, Plan};
use pgwright_postgres::{DatabaseError, Explain, PlannerSettings, ReadSession};
use pgwright_sql::guard::Admitted;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::shape;

/// Most settings that findings advise and that are tried for one answer.
const MOST: usize = 4;
/// Costs nearer to each other are the same: more digits than an estimate has.
const SAME: f64 = 0.01;

/// A change that was tried without making it, and PostgreSQL's estimates before and after.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Trial {
    /// What was tried, as SQL.
    pub(crate) change: String,
    /// Who estimated.
    pub(crate) by: Evaluator,
    /// The planner's cost as things are.
    pub(crate) cost_before: f64,
    /// The planner's cost with the change.
    pub(crate) cost_after: f64,
    /// Whether the plan is another one.
    pub(crate) plan_changed: bool,
    /// What the index would take on disk: modelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size_bytes: Option<u64>,
}

/// Who estimated what a change brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Evaluator {
    /// PostgreSQL's planner, under settings that only this session had.
    Planner,
    /// pgwright's own arithmetic over the plan and the statistics.
    Modelled,
    /// The planner with a hypothetical index.
    WhatIf,
    /// The planner on an empty copy of the database, with the index really made there.
    ExactWhatIf,
    /// The planner and the clock, with the index built for a moment.
    Measured,
}

impl From<Confidence> for Evaluator {
    fn from(confidence: Confidence) -> Self {
        match confidence {
            Confidence::Modelled => Self::Modelled,
            Confidence::WhatIf => Self::WhatIf,
            Confidence::ExactWhatIf => Self::ExactWhatIf,
            Confidence::Measured => Self::Measured,
        }
    }
}

impl Evaluator {
    /// What its figures are: only PostgreSQL estimates.
    fn said(self) -> &'static str {
        match self {
            Self::Planner => "estimated",
            Self::Modelled => "modelled",
            Self::WhatIf => "estimated (what-if)",
            Self::ExactWhatIf => "estimated (exact what-if)",
            Self::Measured => "measured and estimated",
        }
    }
}

impl Trial {
    pub(crate) fn of(change: String, before: &Plan, after: &Plan) -> Self {
        Self {
            change,
            by: Evaluator::Planner,
            cost_before: round(before.root().estimate.total_cost),
            cost_after: round(after.root().estimate.total_cost),
            plan_changed: shape::of(before) != shape::of(after),
            size_bytes: None,
        }
    }

    pub(crate) fn is_of_index(&self) -> bool {
        self.size_bytes.is_some()
    }

    /// What was tried, in a word.
    pub(crate) fn what(&self) -> &'static str {
        if self.is_of_index() { "index" } else { "setting" }
    }

    /// `estimated −93 % cost (4310 → 12)`, or that it stays the same.
    pub(crate) fn said(&self) -> String {
        let changed = if self.plan_changed { "another plan" } else { "the same plan" };
        let ratio = if self.cost_before > 0.0 { self.cost_after / self.cost_before - 1.0 } else { 0.0 };
        if ratio.abs() < SAME {
            return format!("{} the same cost (within 1 %), {changed}", self.by.said());
        }
        let sign = if ratio < 0.0 { '−' } else { '+' };
        let size = self.size_bytes.map(|size| format!(", about {}", bytes(size))).unwrap_or_default();
        let changed = if self.size_bytes.is_some() { String::new() } else { format!(", {changed}") };
        format!(
            "{} {sign}{} cost ({} → {}){changed}{size}",
            self.by.said(),
            percent(ratio.abs()),
            count(self.cost_before),
            count(self.cost_after),
        )
    }
}

/// `set work_mem = '65536kB', jit = off`.
pub(crate) fn change(settings: &PlannerSettings) -> String {
    let each: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = '{value}'")).collect();
    format!("set {}", each.join(", "))
}

/// Tries what findings advise to set: a plan for each setting, in the order of the findings. What can't be tried is left out.
pub(crate) async fn of_findings(
    session: &ReadSession,
    statement: &Admitted,
    params: &[Value],
    before: &Plan,
    findings: &[Finding],
) -> Vec<(usize, Trial)> {
    let mut trials: Vec<(usize, Trial)> = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(settings) = advised(&finding.advice) else { continue };
        let change = change(&settings);
        let known = trials.iter().find(|(_, trial)| trial.change == change).map(|(_, trial)| trial.clone());
        if let Some(trial) = known {
            trials.push((at, trial));
            continue;
        }
        if trials.len() == MOST {
            break;
        }
        if let Ok(Some(after)) = planned(session, statement, params, &settings).await {
            trials.push((at, Trial::of(change, before, &after)));
        }
    }
    trials
}

/// The plan of a statement under these settings; it is not run.
async fn planned(
    session: &ReadSession,
    statement: &Admitted,
    params: &[Value],
    settings: &PlannerSettings,
) -> Result<Option<Plan>, DatabaseError> {
    let explained = session.explain(statement, params, Explain { analyze: false });
    Ok(Plan::from_json(&session.under(settings, explained).await?).ok())
}

/// The first setting that an advice writes as a statement: `set work_mem = '12 MB'`.
fn advised(advice: &str) -> Option<PlannerSettings> {
    advice.match_indices("set ").find_map(|(at, word)| {
        let (name, rest) = advice.get(at + word.len()..)?.split_once(" = ")?;
        let value = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split('\'').next()?,
            None => rest.split([' ', ',', ';', ':']).next()?,
        };
        let given = Map::from_iter([(name.to_owned(), Value::from(value))]);
        PlannerSettings::read(&given, false).ok()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_are_read_from_the_advice_of_findings() {
        for (advice, wanted) in [
            ("12 MB on disk: set work_mem = '30 MB' for this statement", Some("set work_mem = '30720kB'")),
            (
                "compiling takes 9 ms: set jit = off for this statement, or jit_above_cost above its 12",
                Some("set jit = 'off'"),
            ),
            ("set enable_hashjoin = on: it is off", Some("set enable_hashjoin = 'on'")),
            ("raise work_mem for this statement", None),
            ("set statement_timeout = 0", None),
            ("update t set a = 1", None),
        ] {
            assert_eq!(advised(advice).as_ref().map(change).as_deref(), wanted, "{advice}");
        }
    }

    #[test]
    fn only_what_was_estimated_is_said() {
        let trial = |cost_before, cost_after, plan_changed| {
            let (change, by, size_bytes) = (String::new(), Evaluator::Planner, None);
            Trial { change, by, cost_before, cost_after, plan_changed, size_bytes }.said()
        };
        assert_eq!(trial(4310.0, 12.0, true), "estimated −>99 % cost (4310 → 12), another plan");
        assert_eq!(trial(100.0, 150.0, true), "estimated +50 % cost (100 → 150), another plan");
        assert_eq!(trial(100.0, 100.1, false), "estimated the same cost (within 1 %), the same plan");
    }
}
