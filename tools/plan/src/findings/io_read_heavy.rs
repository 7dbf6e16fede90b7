//! `io_read_heavy`: a node's pages are mostly read from disk, not found in memory.
//!
//! # When it fires
//!
//! Half of the pages or more, and 1,000 at least, were not in shared buffers. The node that read most speaks for the plan.
//!
//! # What to do
//!
//! Run it again: the second run shows what it costs with warm caches. Where it is always so, the table is larger than the memory: read less of it (an index, a
//! narrower covering index, a partition), or raise `shared_buffers`.
//!
//! # Traps
//!
//! "Read" means not in PostgreSQL's own buffers; the operating system may have had the page. `track_io_timing` tells the difference.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "io_read_heavy",
    title: "Most pages come from disk",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let own = plan.figures(node).self_buffers;
    let (read, all) = (own.read() as f64, own.looked_at() as f64);
    if read < 1_000.0 || read < 0.5 * all {
        return None;
    }
    // Cold caches are cold for all: the node that read most speaks for the plan.
    let reads = |other: &Node| plan.figures(other).self_buffers.read() as f64;
    if plan.nodes.iter().any(|other| reads(other) > read || (reads(other) == read && other.id < node.id)) {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).at_most(super::Severity::Info),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("pages_read", read).figure("pages", all),
        advice: format!(
            "{} of {} pages came from outside shared buffers: run it again to see it with warm caches, or read fewer pages",
            count(read),
            count(all)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn pages_that_were_not_in_memory() {
        fires(include_str!("../../fixtures/io_read_heavy.json"), super::RULE.id, "orders");
    }

    #[test]
    fn warm_pages_are_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
