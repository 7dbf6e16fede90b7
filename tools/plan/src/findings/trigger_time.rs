//! `trigger_time`: a trigger takes a good part of the statement.
//!
//! Fires at the root on the trigger that takes most, from 20 % of the execution on. A constraint's trigger looks up the
//! other table for each row: on the side that refers, an index must lead with the foreign key's columns.

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
        .filter(|_| node.parent.is_none())
        .max_by(|a, b| a.total_ms.total_cmp(&b.total_ms))?;
    if trigger.total_ms < 0.2 * plan.run_ms()? {
        return None;
    }
    let table = trigger
        .relation
        .as_deref()
        .map(|table| format!(" on {}", quote_identifier(table)))
        .unwrap_or_default();
    let what = if trigger.enforces {
        "constraint check: index the foreign key's columns on the side that refers, or load in bulk and validate once"
    } else {
        "look at what the function does for each row; a statement-level trigger with a transition table does it once"
    };
    Some(Suspicion {
        saves: Saves { amount: trigger.total_ms, at_most: Severity::High },
        object: trigger.name.clone(),
        evidence: Evidence::default().figure("trigger_ms", trigger.total_ms).figure("calls", trigger.calls),
        advice: format!(
            "{} calls{table} take {}: {what}",
            count(trigger.calls),
            milliseconds(trigger.total_ms)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_foreign_key_without_an_index() {
        fires(include_str!("../../fixtures/trigger_time.json"), super::RULE.id, "lines_order_id_fkey");
    }

    #[test]
    fn without_triggers_silent() {
        silent(include_str!("../../fixtures/sums_update_cte.json"), super::RULE.id);
    }
}
