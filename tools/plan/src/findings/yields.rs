//! How few of the rows that a scan looks at it keeps.

use pgwright_contract::units::count;

use super::finding::Evidence;
use crate::facts::Facts;
use crate::model::{Node, Plan};

const SCANS: &[&str] = &["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"];
/// A table smaller than this a loop is read as fast as an index on it.
const SMALL_ROWS: f64 = 1_000.0;
const SMALL_PAGES: f64 = 10.0;
/// What reading 10,000 rows costs at least, where nothing else says how large a table is.
const LARGE_COST: f64 = 250.0;

/// What a filter kept of what was seen, over all loops and processes.
pub(super) struct Yield {
    pub(super) kept: f64,
    pub(super) seen: Option<f64>,
    pub(super) removed: Option<f64>,
    pub(super) pages: Option<f64>,
    pub(super) measured: bool,
}

impl Yield {
    pub(super) fn evidence(&self) -> Evidence {
        let kept = if self.measured { "kept_rows" } else { "estimated_kept_rows" };
        Evidence::default()
            .figure(kept, self.kept)
            .some(if self.measured { "removed_rows" } else { "table_rows" }, self.removed.or(self.seen))
            .some("buffers_bytes", self.pages.filter(|pages| *pages > 0.0).map(|pages| pages * 8192.0))
    }

    /// "keeps 5 of 100k rows", as far as it is known.
    pub(super) fn says(&self) -> String {
        let kept = count(self.kept);
        let about = if self.measured { "" } else { "about " };
        match self.seen {
            Some(seen) => format!("keeps {about}{kept} of {} rows", count(seen)),
            None => format!("keeps {about}{kept} rows"),
        }
    }
}

/// The yield of a filtering scan, if it is low and the scan is large.
///
/// Measured where the plan ran. Otherwise by the table's rows where the catalogue is known.
pub(super) fn low(node: &Node, plan: &Plan, facts: &Facts) -> Option<Yield> {
    if plan.analyzed() { measured(node, plan) } else { known(node, plan, facts) }
}

/// The same for a filter that no plain index can serve: the mere cost of the scan is enough where nothing was
/// measured and no catalogue is at hand.
pub(super) fn low_or_costly(node: &Node, plan: &Plan, facts: &Facts) -> Option<Yield> {
    if plan.analyzed() || facts.relation(node).is_some_and(|table| table.rows.is_some()) {
        return low(node, plan, facts);
    }
    let costly = node.is(SCANS) && node.text("Filter").is_some() && node.estimate.run_cost() >= LARGE_COST;
    costly.then_some(Yield {
        kept: node.estimate.rows,
        seen: None,
        removed: None,
        pages: None,
        measured: false,
    })
}

fn measured(node: &Node, plan: &Plan) -> Option<Yield> {
    let filters = node.is(SCANS) && node.text("Filter").is_some();
    let (kept, removed) = (node.rows_out(), node.rows_removed("Filter"));
    let seen = kept + removed;
    let figures = plan.figures(node);
    let pages = figures.self_buffers.looked_at() as f64;
    let runs = (node.loops() / figures.participants).max(1.0);
    let large =
        (seen >= 10_000.0 || pages >= 100.0) && (seen / runs >= SMALL_ROWS || pages / runs >= SMALL_PAGES);
    (filters && large && removed >= 0.9 * seen && removed > 0.0).then_some(Yield {
        kept,
        seen: Some(seen),
        removed: Some(removed),
        pages: Some(pages),
        measured: true,
    })
}

fn known(node: &Node, plan: &Plan, facts: &Facts) -> Option<Yield> {
    if node.kind != "Seq Scan" || node.text("Filter").is_none() {
        return None;
    }
    let rows = facts.relation(node)?.rows?;
    let kept = node.estimate.rows * plan.figures(node).divisor;
    (rows >= 10_000.0 && kept <= 0.1 * rows).then_some(Yield {
        kept,
        seen: Some(rows),
        removed: None,
        pages: None,
        measured: false,
    })
}
