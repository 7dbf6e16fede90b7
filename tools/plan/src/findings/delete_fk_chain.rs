//! `delete_fk_chain`: each row that is deleted is looked for in several other tables.
//!
//! # When it fires
//!
//! A delete from a table that two foreign keys or more refer to, by the catalogue; where it ran, they take 20 % of the time or more.
//!
//! # What to do
//!
//! Each of them wants an index that leads with its columns; the advice names those that lack one. Delete in batches, or from the leaves up, where the checks find nothing.
//!
//! # Traps
//!
//! Needs the catalogue. Deferred checks run at commit and appear in no plan.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "delete_fk_chain",
    title: "Delete is checked by several foreign keys",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

use super::finding::Severity;
use crate::facts::ForeignKey;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let deletes = node.kind == "ModifyTable" && node.text("Operation") == Some("Delete");
    let name = node.relation().filter(|_| deletes)?;
    let keys: Vec<&ForeignKey> = facts.foreign_keys.iter().filter(|key| key.referenced == name).collect();
    let checks = plan.triggers.iter().filter(|trigger| keys.iter().any(|key| key.name == trigger.name));
    let spent: f64 = checks.map(|trigger| trigger.total_ms).sum();
    if keys.len() < 2 || (plan.analyzed() && spent < 0.2 * plan.run_ms()?) {
        return None;
    }
    let missing: Vec<String> = keys.iter().filter(|key| !key.indexed).map(|key| key.ddl()).collect();
    let names: Vec<&str> = keys.iter().map(|key| key.table.as_str()).collect();
    let advice = match missing.as_slice() {
        [] => "all have their index: delete in batches, or from the leaves up".to_owned(),
        ddl => ddl.join("; "),
    };
    let planned =
        Saves::own(node, plan).at_most(if missing.is_empty() { Severity::Info } else { Severity::Medium });
    Some(Suspicion {
        saves: if plan.analyzed() { Saves { amount: spent, at_most: Severity::High } } else { planned },
        object: node.table()?,
        evidence: Evidence::default()
            .figure("foreign_keys", keys.len() as f64)
            .figure("without_index", missing.len() as f64)
            .some("trigger_ms", plan.timed().then_some(spent)),
        advice: format!(
            "each row is looked for by {} foreign keys ({}): {advice}",
            count(keys.len() as f64),
            names.join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn two_tables_refer() {
        let finding = fires_in("delete_fk_chain", super::RULE.id, "orders");
        assert!(
            finding.advice.contains("create index concurrently on notes (order_id)"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn one_that_refers_is_silent() {
        silent_in("fk_trigger_unindexed", super::RULE.id);
        silent_in("trigger_time", super::RULE.id);
    }
}
