//! `hashagg_spill`: the groups of an aggregate did not fit into memory and went to disk.
//!
//! From PostgreSQL 13 on a hashed aggregate that outgrows its memory writes the rows of the remaining groups to
//! temporary files and goes over them again.
//!
//! # When it fires
//!
//! More than one batch in the Aggregate node or in any of its workers.
//!
//! # What to do
//!
//! Raise `work_mem` for this statement (`set local`), or group before the join rather than after it. An index that
//! gives the order of the group key lets a sorted aggregate do without the memory.
//!
//! # Traps
//!
//! With parallel workers the leader's own figures may show no spill at all. An aggregate on far more groups than
//! expected is a misestimate first: `analyze`, then statistics on the number of distinct values (`n_distinct`, or
//! `create statistics … (ndistinct)` for several columns).

use pgwright_contract::units::bytes;

use super::finding::{Evidence, Saves, Suspicion};
use super::hash_spill::multiplier;
use super::sort_spill::megabytes;
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "hashagg_spill",
    title: "Hashed groups went to disk",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let most = |key: &str| node.by_process(key).fold(0.0, f64::max);
    let batches = most("HashAgg Batches");
    if node.kind != "Aggregate" || batches <= 1.0 {
        return None;
    }
    let disk: f64 = node.by_process("Disk Usage").sum::<f64>() * 1024.0;
    let memory = (most("Peak Memory Usage") + 2.0 * most("Disk Usage")) * 1024.0 / multiplier(plan, facts);
    let keys = node.list("Group Key").join(", ");
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("batches", batches)
            .figure("spilled_bytes", disk)
            .text("group_key", &keys),
        advice: format!(
            "grouping by {keys} put {} on disk: set work_mem = '{} MB' for this statement",
            bytes(disk as u64),
            megabytes(memory)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn many_groups() {
        fires(include_str!("../../fixtures/hashagg_spill.json"), super::RULE.id, "orders");
    }

    #[test]
    fn few_groups_are_silent() {
        silent(include_str!("../../fixtures/healthy_aggregate.json"), super::RULE.id);
    }
}
