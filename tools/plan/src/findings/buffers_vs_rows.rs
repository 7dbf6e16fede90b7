//! `buffers_vs_rows`: thousands of pages are looked at for each row of the result.
//!
//! # When it fires
//!
//! 1,000 pages or more for each row that the statement gives, without aggregates, and no scan whose filter would explain it.
//!
//! # What to do
//!
//! See which join throws the rows away, and let the table with the rarer rows be read first, through an index on the other's join column.
//!
//! # Traps
//!
//! What must look at everything to find nothing (`not exists`, a search without a hit) looks the same.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "buffers_vs_rows",
    title: "Many pages for few rows",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

use super::finding::Severity;

const EXPLAINED: &[&str] = &["Aggregate", "Group", "ModifyTable", "SetOp", "Unique", "WindowAgg", "LockRows"];

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let rows = plan.figures(node).rows.filter(|_| node.parent.is_none())?;
    let pages = node.buffers.looked_at() as f64;
    let explained = |node: &Node| node.is(EXPLAINED) || yields::low(node, plan, facts).is_some();
    if pages < 1_000.0 * rows.max(1.0) || plan.nodes.iter().any(explained) {
        return None;
    }
    Some(Suspicion {
        saves: Saves::whole(node, plan).at_most(Severity::Info),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("pages", pages).figure("rows", rows),
        advice: format!(
            "{} pages for {} rows: see which join discards them, and index the other side's join column",
            count(pages),
            count(rows)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_join_that_finds_one_row() {
        fires_in("buffers_vs_rows", super::RULE.id, "a, b");
    }

    #[test]
    fn counts_are_silent() {
        silent_in("exact_count_full_scan", super::RULE.id);
        silent_in("healthy_index_scan", super::RULE.id);
    }
}
