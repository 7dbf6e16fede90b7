//! `offset_deep`: many rows are produced only to be skipped by OFFSET.
//!
//! OFFSET counts rows off one by one: the hundredth page costs a hundred times as much as the first. The pages shift,
//! too, when rows come or go between two requests.
//!
//! # When it fires
//!
//! A Limit reads at least 1,000 rows more than ten times what it returns.
//!
//! # What to do
//!
//! Page by the key: `where (created_at, id) < ($1, $2) order by created_at desc, id desc limit 20`, with the values of
//! the last row seen. An index on these columns makes every page as cheap as the first.
//!
//! # Traps
//!
//! The order must be total, so add a unique column at its end. One cannot jump to page 57 that way; where that is
//! needed, bound the offset.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule =
    Rule { id: "offset_deep", title: "OFFSET skips many rows", needs: Needs::Analyze, silences: &[], check };

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let input = plan.input(node).filter(|_| node.kind == "Limit")?;
    let (read, kept) = (input.rows_out(), node.rows_out());
    if read < 1_000.0 + 10.0 * kept {
        return None;
    }
    let key = order(input, plan, facts);
    Some(Suspicion {
        saves: Saves::whole(input, plan).times(1.0 - kept / read),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("read_rows", read).figure("kept_rows", kept),
        advice: format!(
            "reads {} rows to return {}: page by the key instead, where ({key}) is past the last row seen, same order and limit, with a unique column last",
            count(read),
            count(kept)
        ),
    })
}

/// What the rows are ordered by: sort keys, or those of the index that gives the order.
fn order(input: &Node, plan: &Plan, facts: &Facts) -> String {
    if let Some(sort) = plan.subtree(input).find(|below| below.is(&["Sort", "Incremental Sort"])) {
        return sort.list("Sort Key").join(", ");
    }
    let Some(scan) = plan.subtree(input).find(|below| below.index().is_some()) else {
        return "a unique key".to_owned();
    };
    let index = scan.index().unwrap_or_default();
    let known = facts.relation(scan).and_then(|table| table.indexes.iter().find(|known| known.name == index));
    known.map_or_else(|| format!("key of {index}"), |known| known.keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_far_page() {
        fires(include_str!("../../fixtures/offset_deep.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_first_page_is_silent() {
        silent(include_str!("../../fixtures/healthy_limit_by_index.json"), super::RULE.id);
    }
}
