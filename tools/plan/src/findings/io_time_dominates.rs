//! `io_time_dominates`: half of the execution or more is waiting for pages to be read.
//!
//! # When it fires
//!
//! `track_io_timing` is on, and reading tables, indexes and temporary files takes half of the execution or more, 10 ms or more.
//!
//! # What to do
//!
//! Run it again: if it stays, the data does not fit into memory. Read less: an index, a covering index, partitions, fewer columns in a narrower table. Or give it more memory.
//!
//! # Traps
//!
//! The first run after a start, and what is read once a month, reads from disk as it must.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "io_time_dominates",
    title: "Waiting for the disk takes most of the time",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

use super::finding::Severity;

/// Up to PostgreSQL 16, and from 17 on.
const READS: [&str; 4] =
    ["I/O Read Time", "Shared I/O Read Time", "Local I/O Read Time", "Temp I/O Read Time"];

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let run_ms = plan.run_ms().filter(|_| node.parent.is_none())?;
    // Workers wait side by side.
    let processes = plan.nodes.iter().map(|node| plan.figures(node).participants).fold(1.0, f64::max);
    let waited = READS.iter().filter_map(|key| node.number(key)).sum::<f64>() / processes;
    if waited < 10.0 || waited < 0.5 * run_ms {
        return None;
    }
    let slowest = plan
        .nodes
        .iter()
        .filter(|node| node.relation().is_some())
        .max_by_key(|node| plan.figures(node).self_buffers.read())
        .map_or_else(|| origin::tables(plan, node), |scan| origin::tables(plan, scan));
    Some(Suspicion {
        saves: Saves { amount: waited, at_most: Severity::Medium },
        evidence: Evidence::default().figure("read_ms", waited).figure("execution_ms", run_ms),
        advice: format!(
            "{} of {} are waiting for pages, most of them of {slowest}: read fewer of them (index, covering index), or run again with warm caches",
            milliseconds(waited),
            milliseconds(run_ms)
        ),
        object: slowest,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn pages_that_were_not_in_memory() {
        fires_in("io_time_dominates", super::RULE.id, "documents");
    }

    #[test]
    fn without_timing_silent() {
        silent_in("io_read_heavy", super::RULE.id);
        silent_in("healthy_sort", super::RULE.id);
    }
}
