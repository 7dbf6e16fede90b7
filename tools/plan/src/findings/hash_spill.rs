//! `hash_spill`: the hash table of a join did not fit into memory and was cut into batches on disk.
//!
//! Each batch beyond the first is written to temporary files and read back, on both sides of the join.
//!
//! # When it fires
//!
//! More than one batch in the Hash node or in any worker.
//!
//! # What to do
//!
//! Raise `work_mem` for this statement to what the evidence says, or let fewer rows or columns reach the hash. Where
//! more batches were used than planned, the planner expected fewer rows: `analyze` comes first.
//!
//! # Traps
//!
//! `work_mem` counts per node and per process: a high value for all sessions can exhaust the machine, so set it in the
//! transaction of this statement (`set local`). Hashes may use `hash_mem_multiplier` times as much (1 by default up to
//! PostgreSQL 14, 2 from 15 on).

use super::finding::{Evidence, Saves, Suspicion};
use super::sort_spill::megabytes;
use super::{Needs, Rule, origin, remedy};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule =
    Rule { id: "hash_spill", title: "Hash join went to disk", needs: Needs::Analyze, silences: &[], check };

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let most = |key: &str| node.by_process(key).fold(0.0, f64::max);
    let (batches, planned) = (most("Hash Batches"), most("Original Hash Batches"));
    if node.kind != "Hash" || batches <= 1.0 {
        return None;
    }
    let memory = most("Peak Memory Usage") * 1024.0;
    let multiplier = multiplier(plan, facts);
    let object = origin::tables(plan, node);
    let cause = if batches > planned && planned > 0.0 {
        let analyze = remedy::analyze(node, plan, facts).map(|analyze| format!(" {analyze};"));
        format!(", planned as {planned}:{}", analyze.unwrap_or_default())
    } else {
        String::from(":")
    };
    let join = plan
        .parent(node)
        .map_or(Saves::own(node, plan), |join| Saves::own(node, plan).plus(Saves::own(join, plan)));
    Some(Suspicion {
        saves: join,
        evidence: Evidence::default()
            .figure("batches", batches)
            .figure("planned_batches", planned)
            .figure("memory_bytes", memory),
        advice: format!(
            "the hash on {object} took {batches} batches{cause} set work_mem = '{} MB' for this statement",
            megabytes(memory * batches * 1.2 / multiplier)
        ),
        object,
    })
}

/// Hashes may use this many times work_mem; the default is 1 up to PostgreSQL 14 and 2 from 15 on.
pub(super) fn multiplier(plan: &Plan, facts: &Facts) -> f64 {
    let set =
        facts.settings.get("hash_mem_multiplier").map(String::as_str).or(plan.setting("hash_mem_multiplier"));
    set.and_then(|text| text.parse::<f64>().ok()).filter(|multiplier| *multiplier >= 1.0).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn several_batches() {
        let finding = fires(include_str!("../../fixtures/hash_spill.json"), super::RULE.id, "customers");
        assert!(finding.evidence.get("batches").and_then(serde_json::Value::as_i64) > Some(1));
    }

    #[test]
    fn one_batch_is_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
