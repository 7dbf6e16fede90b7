//! `workers_not_launched`: a parallel plan ran with fewer workers than it was made for.
//!
//! The planner counted on workers that were busy elsewhere when the statement began. Parallel plans do more work in
//! total, so with fewer hands they can be slower than a serial one.
//!
//! # When it fires
//!
//! A Gather or Gather Merge launched fewer workers than planned.
//!
//! # What to do
//!
//! Raise `max_parallel_workers`, within `max_worker_processes` (which needs a restart), or run fewer parallel
//! statements at once.
//!
//! # Traps
//!
//! It depends on the moment: run it again before you change a setting. Each worker may use `work_mem` of its own, and
//! takes a core from somebody else.

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "workers_not_launched",
    title: "Fewer parallel workers than planned",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let (planned, launched) = (node.number("Workers Planned")?, node.number("Workers Launched")?);
    if launched >= planned {
        return None;
    }
    Some(Suspicion {
        saves: Saves::whole(node, plan).times(1.0 - (launched + 1.0) / (planned + 1.0)),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("workers_planned", planned).figure("workers_launched", launched),
        advice: format!(
            "{launched} of {planned} workers ran: raise max_parallel_workers (and max_worker_processes), or run fewer parallel statements at once"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn an_empty_pool() {
        fires(include_str!("../../fixtures/workers_not_launched.json"), super::RULE.id, "orders");
    }

    #[test]
    fn all_launched_is_silent() {
        silent(include_str!("../../fixtures/seq_scan_parallel.json"), super::RULE.id);
    }
}
