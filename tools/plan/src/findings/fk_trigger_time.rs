//! `fk_trigger_time`: the check of a constraint, row by row, takes a good part of the statement.
//!
//! # When it fires
//!
//! The trigger of a constraint takes 20 % of the execution or more.
//!
//! # What to do
//!
//! Deleting or changing what is referred to: an index that leads with the foreign key's columns on the side that refers. Loading what refers: each row is looked up on the other side; load with the constraint dropped,
//! add it `not valid`, then `validate constraint`, which checks all rows at once.
//!
//! # Traps
//!
//! Where the catalogue says that the index is missing, `fk_trigger_unindexed` speaks. Deferred constraints are checked at commit and appear in no plan.

use pgwright_contract::units::{count, milliseconds};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "fk_trigger_time",
    title: "Checking a constraint takes a good part of the time",
    needs: Needs::Analyze,
    silences: &["trigger_time"],
    check,
};

use super::finding::Severity;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let run_ms = plan.run_ms().filter(|_| node.parent.is_none())?;
    let trigger = plan
        .triggers
        .iter()
        .filter(|trigger| trigger.enforces && trigger.total_ms >= 0.2 * run_ms)
        .max_by(|a, b| a.total_ms.total_cmp(&b.total_ms))?;
    let key = facts.foreign_keys.iter().find(|key| key.name == trigger.name);
    let inserts = plan.nodes.iter().any(|node| node.text("Operation") == Some("Insert"));
    let what = match key {
        _ if inserts => {
            "each row is looked up on the other side: load in bulk, then add the constraint not valid and validate it"
        }
        Some(key) if key.indexed => {
            "its index is there: write fewer rows at once, or all of them in one statement"
        }
        _ => "index the foreign key's columns on the side that refers, if they are not",
    };
    Some(Suspicion {
        saves: Saves { amount: trigger.total_ms, at_most: Severity::High },
        object: trigger.name.clone(),
        evidence: Evidence::default().figure("trigger_ms", trigger.total_ms).figure("calls", trigger.calls),
        advice: format!("{} calls take {}: {what}", count(trigger.calls), milliseconds(trigger.total_ms)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_delete_of_what_is_referred_to() {
        let finding = fires_in("trigger_time", super::RULE.id, "lines_order_id_fkey");
        assert!(finding.advice.contains("on the side that refers"), "{}", finding.advice);
    }

    #[test]
    fn a_load_of_what_refers() {
        let finding = fires_in("fk_trigger_insert", super::RULE.id, "lines_order_id_fkey");
        assert!(finding.advice.contains("validate"), "{}", finding.advice);
    }

    #[test]
    fn a_function_is_another_matter() {
        silent_in("trigger_function", super::RULE.id);
        silent_in("sums_update_cte", super::RULE.id);
    }
}
