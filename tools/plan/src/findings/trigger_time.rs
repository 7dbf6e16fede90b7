//! `trigger_time`: a trigger takes a good part of the statement.
//!
//! A row-level trigger runs once for each row. Those that check constraints are for `fk_trigger_time`.
//!
//! # When it fires
//!
//! At the root, on the trigger that takes most, from 20 % of the execution on.
//!
//! # What to do
//!
//! Look at what its function does for each row; a statement-level trigger with a transition table does it once.
//!
//! # Traps
//!
//! The time of BEFORE triggers is part of the node's time as well, that of AFTER triggers comes behind the plan: the
//! times of the nodes do not add up to the whole. Deferred constraints are checked at commit and appear in no plan.

use pgwright_contract::units::{count, milliseconds};
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Severity, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "trigger_time",
    title: "Trigger takes a good part of the time",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let trigger = plan
        .triggers
        .iter()
        .filter(|trigger| node.parent.is_none() && !trigger.enforces)
        .max_by(|a, b| a.total_ms.total_cmp(&b.total_ms))?;
    if trigger.total_ms < 0.2 * plan.run_ms()? {
        return None;
    }
    let table = trigger
        .relation
        .as_deref()
        .map(|table| format!(" on {}", quote_identifier(table)))
        .unwrap_or_default();
    Some(Suspicion {
        saves: Saves { amount: trigger.total_ms, at_most: Severity::High },
        object: trigger.name.clone(),
        evidence: Evidence::default().figure("trigger_ms", trigger.total_ms).figure("calls", trigger.calls),
        advice: format!(
            "{} calls{table} take {}: look at what the function does for each row; a statement-level trigger with a transition table does it once",
            count(trigger.calls),
            milliseconds(trigger.total_ms)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_function_for_each_row() {
        fires(include_str!("../../fixtures/trigger_function.json"), super::RULE.id, "counted");
    }

    #[test]
    fn without_triggers_silent() {
        silent(include_str!("../../fixtures/sums_update_cte.json"), super::RULE.id);
        silent(include_str!("../../fixtures/trigger_time.json"), super::RULE.id);
    }
}
