//! `bitmap_lossy`: a bitmap of row places outgrew its memory and keeps whole pages only.
//!
//! # When it fires
//!
//! Lossy pages were read, and rows of them had to be thrown away again: the index condition is checked anew for every row
//! of such a page.
//!
//! # What to do
//!
//! Raise `work_mem` for this statement until the bitmap fits: about 64 bytes for each page of the table.
//!
//! # Traps
//!
//! Silent on a BRIN index, which names pages, not rows, whatever the memory. GIN and GiST indexes recheck rows without any lossy page, which is their nature and not meant here. Over a table that is read in
//! large part anyway the loss is small.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "bitmap_lossy",
    title: "Bitmap outgrew its memory",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let lossy = node.number("Lossy Heap Blocks").filter(|pages| *pages > 0.0)?;
    let rechecked = node.rows_removed("Index Recheck");
    let exact = node.number("Exact Heap Blocks").unwrap_or(0.0);
    if node.kind != "Bitmap Heap Scan" || rechecked <= 0.0 || names_pages(node, plan, facts, lossy, exact) {
        return None;
    }
    let table = node.table()?;
    Some(Suspicion {
        saves: Saves::own(node, plan).times(lossy / (lossy + exact)),
        evidence: Evidence::default()
            .figure("lossy_pages", lossy)
            .figure("exact_pages", exact)
            .figure("rechecked_rows", rechecked),
        advice: format!(
            "{} of {} pages of {table} were kept as a whole and {} rows checked again: raise work_mem for this statement",
            count(lossy),
            count(lossy + exact),
            count(rechecked)
        ),
        object: table,
    })
}

/// Whether the index names pages, not rows, however much memory there is: a BRIN index, which tells ten rows a page.
fn names_pages(node: &Node, plan: &Plan, facts: &Facts, lossy: f64, exact: f64) -> bool {
    plan.subtree(node).filter(|below| below.kind == "Bitmap Index Scan").any(|below| {
        let known = below.index().and_then(|name| facts.relation(node)?.index(name));
        let told = exact == 0.0 && (below.rows_out() - 10.0 * lossy).abs() < 1.0;
        known.map_or(told, |index| if index.method.is_empty() { told } else { index.method == "brin" })
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent, silent_in};

    #[test]
    fn too_many_pages_for_the_memory() {
        fires(include_str!("../../fixtures/bitmap_lossy.json"), super::RULE.id, "orders");
    }

    #[test]
    fn an_index_of_pages_is_not_short_of_memory() {
        silent_in("brin_recheck", super::RULE.id);
    }

    #[test]
    fn a_bitmap_that_fits_is_silent() {
        silent(include_str!("../../fixtures/healthy_bitmap.json"), super::RULE.id);
    }
}
