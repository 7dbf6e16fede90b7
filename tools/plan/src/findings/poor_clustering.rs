//! `poor_clustering`: an index scan jumps through the table: nearly every row lies on another page.
//!
//! # When it fires
//!
//! An Index Scan that runs once without a filter returns 100 rows or more and looks at 0.7 pages or more for each of them.
//!
//! # What to do
//!
//! Give the index all columns that the statement reads (`include (…)`), so that the table is not visited; or put the rows into the index's
//! order, `cluster t using i`, where they are mostly read that way.
//!
//! # Traps
//!
//! `cluster` locks the table while it writes it anew, and new rows do not keep the order. The inner side of a nested loop, which looks up
//! single rows, is left alone.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "poor_clustering",
    title: "Index order is not the order on disk",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let index = node.index().filter(|_| node.kind == "Index Scan" && node.loops() <= 1.0)?;
    let pages = plan.figures(node).self_buffers.looked_at() as f64;
    let rows = node.rows_out();
    if node.text("Filter").is_some() || rows < 100.0 || pages < 0.7 * rows {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).times(0.8),
        object: node.table()?,
        evidence: Evidence::default().figure("rows", rows).figure("pages", pages).text("index", index),
        advice: format!(
            "{} pages for {} rows by {index}: include the columns that are read in the index, or cluster the table by it",
            count(pages),
            count(rows)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_row_on_every_page() {
        fires(include_str!("../../fixtures/poor_clustering.json"), super::RULE.id, "orders");
    }

    #[test]
    fn rows_in_order_are_silent() {
        silent(include_str!("../../fixtures/shape_backward.json"), super::RULE.id);
        silent(include_str!("../../fixtures/healthy_limit_by_index.json"), super::RULE.id);
    }
}
