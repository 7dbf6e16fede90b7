//! How few of the rows that a scan looks at it keeps.

use pgwright_contract::units::count;

use super::finding::Evidence;
use super::{casts, index_advice, rounding};
use crate::condition::Expr;
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
    /// How far `kept` may be off by rounding.
    pub(super) kept_error: f64,
    pub(super) seen: Option<f64>,
    pub(super) removed: Option<f64>,
    pub(super) pages: Option<f64>,
    /// How often the whole of it was looked at.
    passes: f64,
    pub(super) measured: bool,
}

impl Yield {
    pub(super) fn evidence(&self) -> Evidence {
        let kept = if self.measured { "kept_rows" } else { "estimated_kept_rows" };
        Evidence::default()
            .figure(kept, self.kept)
            .some("kept_error_rows", Some(self.kept_error).filter(|error| *error >= 0.5))
            .some(if self.measured { "removed_rows" } else { "table_rows" }, self.removed.or(self.seen))
            .some("buffers_bytes", self.pages.filter(|pages| *pages > 0.0).map(|pages| pages * 8192.0))
    }

    /// "keeps 5 of 100k rows", as far as it is known.
    pub(super) fn says(&self) -> String {
        let kept = rounding::rows(self.kept, self.kept_error);
        let about = if self.measured { "" } else { "about " };
        match self.seen {
            Some(seen) if self.passes >= 2.0 => {
                format!("keeps {about}{kept} of {} rows in {} passes", count(seen), count(self.passes))
            }
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
        kept_error: 0.0,
        seen: None,
        removed: None,
        pages: None,
        passes: 1.0,
        measured: false,
    })
}

fn measured(node: &Node, plan: &Plan) -> Option<Yield> {
    let filters = node.is(SCANS) && node.text("Filter").is_some();
    let figures = plan.figures(node);
    let (kept, removed) = (figures.rows?, node.rows_removed("Filter"));
    let seen = kept + removed;
    // Averages of a loop are printed rounded: over many loops the yield must be low whatever that hides.
    let removed_error = if node.loops() > 1.0 { 0.5 * node.loops() } else { 0.0 };
    let surely_low = removed - removed_error >= 9.0 * (kept + figures.rows_error);
    let pages = figures.self_buffers.looked_at() as f64;
    // Processes share a partial scan; each of them reads the whole of any other.
    let runs = (node.loops() / if figures.divisor > 1.0 { figures.participants } else { 1.0 }).max(1.0);
    let large =
        (seen >= 10_000.0 || pages >= 100.0) && (seen / runs >= SMALL_ROWS || pages / runs >= SMALL_PAGES);
    (filters && large && surely_low && removed > 0.0).then_some(Yield {
        kept,
        kept_error: figures.rows_error,
        seen: Some(seen),
        removed: Some(removed),
        pages: Some(pages),
        passes: runs,
        measured: true,
    })
}

fn known(node: &Node, plan: &Plan, facts: &Facts) -> Option<Yield> {
    if node.kind != "Seq Scan" || node.text("Filter").is_none() {
        return None;
    }
    let rows = facts.relation(node)?.rows?;
    let kept = (node.estimate.rows * plan.figures(node).divisor).round();
    (rows >= 10_000.0 && kept <= 0.1 * rows).then_some(Yield {
        kept,
        kept_error: 0.0,
        seen: Some(rows),
        removed: None,
        pages: None,
        passes: 1.0,
        measured: false,
    })
}

/// What the planner takes an equality or a range of an expression to keep, of which it has no statistics.
const EQUAL_SHARE: f64 = 0.005;
const RANGE_SHARE: f64 = 1.0 / 3.0;

/// Whether plain equalities beside the expressions of a filter keep few rows by themselves, so that an ordinary index on
/// them is what the scan lacks.
///
/// The planner's estimate holds what all conditions keep together; the expressions' part of it is a default.
pub(super) fn plain_part_is_selective(node: &Node, plan: &Plan, facts: &Facts, found: &Yield) -> bool {
    let Some(seen) = found.seen.filter(|seen| *seen > 0.0) else { return false };
    let (mut plain, mut share) = (false, 1.0);
    for part in node.filter().iter().flat_map(Expr::conjuncts) {
        let Some(comparison) = part.comparison().filter(|comparison| comparison.right.is_constant()) else {
            continue;
        };
        let own = casts::indexable(comparison.left, node, facts)
            .filter(|column| index_advice::belongs(column.qualifier.as_deref(), node));
        match own {
            Some(_) => plain |= comparison.is_equality(),
            None if comparison.is_equality() => share *= EQUAL_SHARE,
            None if comparison.is_range() => share *= RANGE_SHARE,
            None => {}
        }
    }
    let estimated = node.estimate.rows * plan.figures(node).divisor;
    let loops = (node.loops() / plan.figures(node).participants).max(1.0);
    plain && estimated <= 0.1 * share * seen / loops
}
