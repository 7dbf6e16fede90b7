//! `sort_spill`: a sort did not fit into work_mem and went to disk.
//!
//! The rows are sorted in portions, written to temporary files and merged.
//!
//! # When it fires
//!
//! A disk sort in the node or in any of its workers, since the leader's own figure hides most spills of a parallel
//! plan; for Incremental Sort on either kind of group.
//!
//! # What to do
//!
//! An index in the order of the sort key spares the sort. Otherwise raise `work_mem` for this statement (`set local`).
//! Fewer or narrower columns help, too: whole rows are sorted.
//!
//! # Traps
//!
//! PostgreSQL's files are more compact than its memory: the advised `work_mem` is 2.5 times the largest file. It
//! counts per node and per process, so do not set it for all sessions.

use pgwright_contract::units::bytes;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule =
    Rule { id: "sort_spill", title: "Sort went to disk", needs: Needs::Analyze, silences: &[], check };

const MEMORY_PER_FILE: f64 = 2.5;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let on_disk: Vec<f64> =
        node.sort_spaces().into_iter().filter(|space| space.on_disk).map(|space| space.bytes).collect();
    let largest = on_disk.iter().copied().fold(0.0, f64::max);
    if on_disk.is_empty() {
        return None;
    }
    let spilled: f64 = on_disk.iter().sum();
    let each = if on_disk.len() > 1 { format!(" over {} processes", on_disk.len()) } else { String::new() };
    let index = index(node, plan).map(|ddl| format!(", or {ddl}")).unwrap_or_default();
    let work_mem = facts.settings.get("work_mem").map(String::as_str).or(plan.setting("work_mem"));
    let mut evidence = Evidence::default()
        .figure("spilled_bytes", spilled)
        .text("sort_key", &node.list("Sort Key").join(", "));
    if let Some(work_mem) = work_mem {
        evidence = evidence.text("work_mem", work_mem);
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence,
        advice: format!(
            "{} on disk{each}: set work_mem = '{} MB' for this statement{index}",
            bytes(spilled as u64),
            megabytes(largest * MEMORY_PER_FILE)
        ),
    })
}

/// Memory to ask for, in whole megabytes with a little room.
pub(super) fn megabytes(bytes: f64) -> u64 {
    (bytes / 1024.0 / 1024.0).ceil().max(1.0) as u64
}

/// The index that gives the order, where the sort is right above the one table it sorts.
fn index(node: &Node, plan: &Plan) -> Option<String> {
    let scan = plan.input(node).filter(|scan| scan.table().is_some())?;
    let keys = origin::sort_columns(node)?
        .into_iter()
        .map(|(column, order)| column.sql() + &order)
        .collect::<Vec<_>>();
    Some(index_advice::ddl(scan, plan, &keys))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn on_disk_in_the_leader() {
        let finding = fires(include_str!("../../fixtures/sort_spill.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (note)"), "{}", finding.advice);
    }

    #[test]
    fn spills_in_the_workers_count() {
        let finding =
            fires(include_str!("../../fixtures/sort_spill_in_worker.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("over 3 processes"), "{}", finding.advice);
    }

    #[test]
    fn in_memory_is_silent() {
        silent(include_str!("../../fixtures/healthy_sort.json"), super::RULE.id);
    }
}
