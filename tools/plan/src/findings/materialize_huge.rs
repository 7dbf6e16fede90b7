//! `materialize_huge`: the rows of a Materialize do not fit into memory and are read from disk ten times or more.
//!
//! # When it fires
//!
//! A Materialize reads temporary files and is scanned ten times or more.
//!
//! # What to do
//!
//! Give the join an equality, so that it can be hashed; or an index on the inner table; or raise `work_mem` until the rows fit.
//!
//! # Traps
//!
//! A join by inequality (ranges that overlap) has no equality to give: a range type with a GiST index serves that.

use pgwright_contract::units::{bytes, count};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Counter, Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "materialize_huge",
    title: "Kept rows are read again and again from disk",
    needs: Needs::Analyze,
    silences: &["temp_io"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let read = plan.figures(node).self_buffers.get(Counter::TempRead) as f64 * 8192.0;
    if node.kind != "Materialize" || node.loops() < 10.0 || read <= 0.0 {
        return None;
    }
    let join = plan.parent(node).unwrap_or(node);
    let object = origin::tables(plan, node);
    Some(Suspicion {
        saves: Saves::own(node, plan).plus(Saves::own(join, plan)),
        evidence: Evidence::default().figure("scans", node.loops()).figure("read_bytes", read),
        advice: format!(
            "{object} is read {} times from disk, {} in all: join it by an equality, or raise work_mem until it fits",
            count(node.loops()),
            bytes(read as u64)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_join_by_inequality() {
        fires(include_str!("../../fixtures/materialize_huge.json"), super::RULE.id, "prices");
    }

    #[test]
    fn in_memory_is_silent() {
        silent(include_str!("../../fixtures/cartesian_join.json"), super::RULE.id);
    }
}
