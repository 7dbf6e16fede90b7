//! One function decides how severe a finding is, for all rules: by the part of the statement that it could save.

use super::finding::{Saves, Severity};
use crate::model::Plan;

/// A statement below this many cost units is as fast as one of a millisecond.
const CHEAP_COST: f64 = 100.0;

/// The severity, and what could be saved as a part of the statement.
pub(super) fn of(saves: &Saves, plan: &Plan) -> (Severity, f64) {
    let whole = if plan.timed() { plan.whole_ms().unwrap_or(0.0) } else { plan.root().estimate.total_cost };
    if whole <= 0.0 {
        return (Severity::Info, 0.0);
    }
    let ratio = (saves.amount / whole).clamp(0.0, 1.0);
    let severity = if plan.timed() { measured(ratio, whole) } else { estimated(ratio, whole) };
    (severity.min(saves.at_most), ratio)
}

fn measured(ratio: f64, whole_ms: f64) -> Severity {
    match ratio {
        _ if whole_ms < 1.0 => Severity::Info,
        half if half >= 0.5 && whole_ms >= 100.0 => Severity::High,
        fifth if fifth >= 0.2 && whole_ms >= 10.0 => Severity::Medium,
        part if part >= 0.05 => Severity::Low,
        _ => Severity::Info,
    }
}

fn estimated(ratio: f64, cost: f64) -> Severity {
    match ratio {
        _ if cost < CHEAP_COST => Severity::Info,
        fifth if fifth >= 0.2 => Severity::Medium,
        part if part >= 0.05 => Severity::Low,
        _ => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn plan(ms: f64) -> Plan {
        let json = format!(
            r#"{{"Plan":{{"Node Type":"Result","Total Cost":1000,"Actual Rows":1,"Actual Loops":1,"Actual Total Time":{ms}}},"Execution Time":{ms}}}"#
        );
        Plan::from_json(&json).unwrap()
    }

    #[test]
    fn severity_follows_the_share_and_the_size() {
        let of = |amount, whole| of(&Saves { amount, at_most: Severity::High }, &plan(whole)).0;
        assert_eq!(of(60.0, 100.0), Severity::High);
        assert_eq!(of(60.0, 99.0), Severity::Medium);
        assert_eq!(of(3.0, 10.0), Severity::Medium);
        assert_eq!(of(3.0, 9.0), Severity::Low);
        assert_eq!(of(4.0, 100.0), Severity::Info);
        assert_eq!(of(0.9, 0.99), Severity::Info);
    }

    #[test]
    fn estimates_are_medium_at_most() {
        let plan = Plan::from_json(r#"{"Plan":{"Node Type":"Result","Total Cost":1000}}"#).unwrap();
        assert_eq!(of(&Saves { amount: 1e9, at_most: Severity::High }, &plan), (Severity::Medium, 1.0));
    }
}
