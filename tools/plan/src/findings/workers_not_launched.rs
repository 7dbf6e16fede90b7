//! `workers_not_launched`: a parallel plan ran with fewer workers than it was made for.
//!
//! Fires on a Gather that launched fewer than planned: the pool of workers was empty.

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
