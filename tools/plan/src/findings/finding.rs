//! What a rule suspects, and what an answer says about it.

use pgwright_contract::Page;
use pgwright_contract::units::round;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Node, Plan};

/// How much a finding matters, by the part of the statement it could save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; below 5 %, or a statement that is fast already.
    Info,
    /// 5 % or more.
    Low,
    /// 20 % or more, of a statement of 10 ms or more.
    Medium,
    /// Half or more, of a statement of 100 ms or more.
    High,
}

/// Where the figures of a finding come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The statement ran; the figures are those of that run.
    Measured,
    /// The planner's estimates; the statement did not run.
    Estimated,
}

/// What a rule saw: figures by name, the unit at the end of the name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Evidence(Map<String, Value>);

impl Evidence {
    pub(super) fn figure(mut self, key: &str, value: f64) -> Self {
        let value = round(value);
        // Whole numbers read better without a fraction, and every figure of a plan fits.
        let number = if value.fract() == 0.0 { Value::from(value as i64) } else { Value::from(value) };
        self.0.insert(key.to_owned(), number);
        self
    }

    pub(super) fn some(self, key: &str, value: Option<f64>) -> Self {
        match value {
            Some(value) => self.figure(key, value),
            None => self,
        }
    }

    pub(super) fn text(mut self, key: &str, value: &str) -> Self {
        self.0.insert(key.to_owned(), Value::from(Page::data(value, 200)));
        self
    }

    /// The figures and texts by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// One of them.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

/// Something in a plan that costs, with what was seen and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable name of the rule.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// Position of the node in the plan.
    pub node: usize,
    /// The table, index or setting it is about.
    pub object: String,
    /// Whether the figures were measured or estimated.
    pub basis: Basis,
    /// What was seen.
    pub evidence: Evidence,
    /// What to do.
    pub advice: String,
    /// The most it could save; absent where no times were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saves_ms: Option<f64>,
    /// The same as a part of the statement: of its time, or of its estimated cost.
    pub saves_ratio: f64,
}

/// What a rule says about a node.
pub(super) struct Suspicion {
    pub(super) saves: Saves,
    pub(super) object: String,
    pub(super) evidence: Evidence,
    pub(super) advice: String,
}

/// The most that mending could save: milliseconds where the plan has times, cost units where not.
#[derive(Clone, Copy)]
pub(super) struct Saves {
    pub(super) amount: f64,
    pub(super) at_most: Severity,
}

impl Saves {
    /// The node's own time.
    pub(super) fn own(node: &Node, plan: &Plan) -> Self {
        let figures = plan.figures(node);
        Self { amount: figures.self_ms.unwrap_or(figures.self_cost), at_most: Severity::High }
    }

    /// The node's time with everything below it.
    pub(super) fn whole(node: &Node, plan: &Plan) -> Self {
        let figures = plan.figures(node);
        Self { amount: figures.total_ms.unwrap_or(figures.cost), at_most: Severity::High }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { amount: self.amount + other.amount, ..self }
    }

    pub(super) fn times(self, share: f64) -> Self {
        Self { amount: self.amount * share, ..self }
    }

    pub(super) fn at_most(self, at_most: Severity) -> Self {
        Self { at_most, ..self }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_finding_is_flat_and_leaves_out_what_is_absent() {
        let finding = Finding {
            id: "sort_spill".into(),
            severity: Severity::High,
            node: 3,
            object: "orders".into(),
            basis: Basis::Estimated,
            evidence: Evidence::default().figure("spilled_bytes", 1234.0).text("sort_key", "a\nb"),
            advice: "set work_mem".into(),
            saves_ms: None,
            saves_ratio: 0.5,
        };
        let wanted = serde_json::json!({
            "id": "sort_spill", "severity": "high", "node": 3, "object": "orders", "basis": "estimated",
            "evidence": {"spilled_bytes": 1234, "sort_key": "a\\u{a}b"}, "advice": "set work_mem", "saves_ratio": 0.5,
        });
        assert_eq!(serde_json::to_value(finding).unwrap(), wanted);
    }

    #[test]
    fn the_schema_says_that_evidence_is_an_object() {
        let schema = serde_json::to_value(schemars::schema_for!(Evidence)).unwrap();
        assert_eq!(schema["type"], "object");
    }
}
