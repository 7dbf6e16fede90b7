//! `bitmap_filter_low_yield`: a bitmap scan fetches many rows from the table only to throw them away.
//!
//! The index found the pages, each row was fetched from the table, and a condition that the index does not hold then
//! dropped nearly all of them. The reading of the table is what costs, and a column more in the index would spare it.
//!
//! # When it fires
//!
//! The filter of a Bitmap Heap Scan above one Bitmap Index Scan removes 90 % or more of at least 10,000 rows, or of
//! what 100 pages held. Rows are counted over all loops and processes.
//!
//! # What to do
//!
//! Make an index with the columns of both conditions: those compared for equality first, then one range. Where the
//! filter cannot be looked up (`<>`, `is not null`), a partial index with that filter as its condition does the same.
//!
//! # Traps
//!
//! Silent where several indexes are combined already (BitmapAnd, BitmapOr): there the planner does what one wider
//! index would do. The advised index may make the narrower one superfluous; every index has to be kept up by every
//! write.

use super::finding::{Saves, Suspicion};
use super::index_filter_low_yield::wider_index;
use super::{Needs, Rule, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "bitmap_filter_low_yield",
    title: "Bitmap scan throws most rows away",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let source = plan
        .input(node)
        .filter(|source| node.kind == "Bitmap Heap Scan" && source.kind == "Bitmap Index Scan")?;
    let found = yields::low(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: node.table()?,
        evidence: found.evidence().text("filter", node.text("Filter")?).text("index", source.index()?),
        advice: format!("{}: {}", found.says(), wider_index(node, plan, facts, "Recheck Cond")?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn the_filtered_column_joins_the_index() {
        let finding =
            fires(include_str!("../../fixtures/bitmap_filter_low_yield.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (customer_id, status, total)"), "{}", finding.advice);
    }

    #[test]
    fn a_bitmap_that_keeps_its_rows_is_silent() {
        silent(include_str!("../../fixtures/healthy_bitmap.json"), super::RULE.id);
    }
}
