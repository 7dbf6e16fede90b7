//! Reads a plan for its cost, the indexes that it uses and the risk that it takes.

use std::collections::BTreeSet;

use pgwright_plan::{Node, Plan};

use super::Planned;
use crate::workload::{Statement, Workload};

/// Nodes that pass rows on as they come.
const PASSING: &[&str] =
    &["Result", "ProjectSet", "Subquery Scan", "LockRows", "Nested Loop", "Incremental Sort"];
/// The share of what a `LIMIT` hopes not to read that is counted on top.
pub(super) const OF_HOPE: f64 = 0.1;

/// What an index of a plan is.
pub(crate) enum Index {
    Candidate(usize),
    Existing(u32),
}

impl Planned {
    /// Reads a plan; `index` says what stands behind a name.
    pub(crate) fn read(plan: &Plan, index: impl Fn(&str) -> Vec<Index>) -> Self {
        let mut planned = Self { cost: plan.root().estimate.total_cost, risk: risk(plan), ..Self::default() };
        for name in plan.nodes.iter().filter_map(|node| node.text("Index Name")) {
            for found in index(name) {
                match found {
                    Index::Candidate(at) => planned.used.insert(at),
                    Index::Existing(oid) => planned.existing.insert(oid),
                };
            }
        }
        planned
    }

    /// The mean of several plans, and all that they use.
    #[allow(clippy::cast_precision_loss, reason = "a handful of variants")]
    pub(crate) fn mean(plans: Vec<Self>) -> Self {
        let count = (plans.len() as f64).max(1.0);
        let mut mean = Self::default();
        for plan in plans {
            mean.cost += plan.cost / count;
            mean.risk += plan.risk / count;
            mean.used.extend(plan.used);
            mean.existing.extend(plan.existing);
        }
        mean
    }
}

/// The existing indexes of that name on the tables that the statement reads.
pub(crate) fn existing(name: &str, statement: &Statement, workload: &Workload) -> BTreeSet<u32> {
    let tables = statement.relations.iter().flatten().filter_map(|oid| workload.tables.get(oid));
    let indexes = tables.flat_map(|table| &table.indexes);
    indexes.filter(|index| index.name == name).map(|index| index.oid).collect()
}

/// A scan in order under a `LIMIT` that filters as it goes counts on finding its rows early.
fn risk(plan: &Plan) -> f64 {
    let mut risk = 0.0;
    for limit in plan.nodes.iter().filter(|node| node.kind == "Limit") {
        let mut at = limit;
        while let Some(below) = plan.input(at) {
            if below.is(&["Index Scan", "Index Only Scan"]) && below.text("Filter").is_some() {
                risk += (below.estimate.total_cost - limit.estimate.total_cost).max(0.0) * OF_HOPE;
            }
            if !passes(below) {
                break;
            }
            at = below;
        }
    }
    risk
}

fn passes(node: &Node) -> bool {
    node.is(PASSING)
}
