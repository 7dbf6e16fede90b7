//! `gather_tuple_flood`: parallel workers send so many rows to the leader that the sending costs what they saved.
//!
//! # When it fires
//!
//! A Gather passes on 100,000 rows or more, half of what its workers read or more.
//!
//! # What to do
//!
//! Aggregate or filter before the Gather (an expression that is not parallel-safe may prevent that), or run the statement without workers: `set local
//! max_parallel_workers_per_gather = 0`, and compare. Raise `parallel_tuple_cost` where this happens often.
//!
//! # Traps
//!
//! What the leader does with the rows may take longer than the sending; compare both plans before you decide.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "gather_tuple_flood",
    title: "Workers hand over too many rows",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let launched = node.number("Workers Launched").unwrap_or(0.0) > 0.0;
    let rows = plan.figures(node).rows.filter(|_| node.gathers() && launched)?;
    let read: f64 = plan
        .subtree(node)
        .filter(|below| below.relation().is_some() && below.flag("Parallel Aware"))
        .map(|below| below.rows_out() + below.rows_removed("Filter"))
        .sum();
    if rows < 100_000.0 || rows < 0.5 * read {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("rows", rows).figure("rows_read", read),
        advice: format!(
            "workers send {} rows to the leader: aggregate or filter below the Gather, or compare with max_parallel_workers_per_gather = 0",
            count(rows)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn every_row_is_sent() {
        fires(include_str!("../../fixtures/gather_tuple_flood.json"), super::RULE.id, "orders");
    }

    #[test]
    fn few_rows_are_silent() {
        silent(include_str!("../../fixtures/seq_scan_parallel.json"), super::RULE.id);
    }
}
