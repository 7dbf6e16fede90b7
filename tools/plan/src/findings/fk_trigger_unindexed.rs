//! `fk_trigger_unindexed`: a foreign key's check scans the table that refers, once for each row, because no index leads with its columns.
//!
//! # When it fires
//!
//! The trigger of a foreign key takes 20 % of the execution or more, and the catalogue says that no complete index leads with the referring columns.
//!
//! # What to do
//!
//! Make the index; the advice holds it.
//!
//! # Traps
//!
//! Needs the catalogue. The check of a row that is inserted looks into the other table, which always has an index; that is `fk_trigger_time`.

use pgwright_contract::units::{count, milliseconds};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "fk_trigger_unindexed",
    title: "Foreign key without an index",
    needs: Needs::Analyze,
    silences: &["trigger_time", "fk_trigger_time"],
    check,
};

use super::finding::Severity;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let run_ms = plan.run_ms().filter(|_| node.parent.is_none())?;
    let (trigger, key) = plan
        .triggers
        .iter()
        .filter(|trigger| trigger.enforces && trigger.total_ms >= 0.2 * run_ms)
        .filter_map(|trigger| {
            let key = facts.foreign_keys.iter().find(|key| key.name == trigger.name && !key.indexed)?;
            let checked = trigger.relation.as_ref().is_none_or(|relation| *relation == key.referenced);
            checked.then_some((trigger, key))
        })
        .max_by(|(a, _), (b, _)| a.total_ms.total_cmp(&b.total_ms))?;
    Some(Suspicion {
        saves: Saves { amount: trigger.total_ms, at_most: Severity::High },
        object: key.name.clone(),
        evidence: Evidence::default()
            .figure("trigger_ms", trigger.total_ms)
            .figure("calls", trigger.calls)
            .text("table", &key.table),
        advice: format!(
            "{} calls take {}, each scans {}: {}",
            count(trigger.calls),
            milliseconds(trigger.total_ms),
            key.table,
            key.ddl()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_delete_without_an_index_on_the_other_side() {
        let finding = fires_in("fk_trigger_unindexed", super::RULE.id, "lines_order_id_fkey");
        assert!(
            finding.advice.contains("create index concurrently on lines (order_id)"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn what_is_unknown_is_not_claimed() {
        silent_in("trigger_time", super::RULE.id);
        silent_in("fk_trigger_insert", super::RULE.id);
    }
}
