//! `exact_count_full_scan`: every row is visited only to be counted.
//!
//! # When it fires
//!
//! `count(*)` without a condition over at least 100,000 rows of one table.
//!
//! # What to do
//!
//! Where about is enough, ask the catalogue: `select reltuples::bigint from pg_class where oid = 'orders'::regclass`. Where it must be
//! exact, keep the number in a table that triggers or the load maintain.
//!
//! # Traps
//!
//! `count(column)`, sums and counts with a filter need the rows and are left alone. An index-only scan makes the count cheaper, not
//! cheap: vacuum keeps it so.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "exact_count_full_scan",
    title: "Exact count of a whole table",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

const FROM_ROWS: f64 = 100_000.0;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let counts = node.kind == "Aggregate"
        && node.text("Strategy") == Some("Plain")
        && matches!(node.text("Partial Mode"), Some("Simple" | "Finalize"))
        && node.estimate.width_bytes == 8.0;
    let scan = plan.subtree(node).find(|below| below.relation().is_some()).filter(|_| counts)?;
    let only = plan.subtree(node).all(|below| {
        below.id == scan.id
            || below.gathers()
            || below.is(&["Aggregate", "Append"])
            || (below.relation().is_some() && below.kind == scan.kind)
    });
    let whole = plan.subtree(node).filter(|below| below.relation().is_some()).all(|below| {
        let bounds = ["Filter", "Index Cond", "Recheck Cond", "TID Cond"];
        below.is(&["Seq Scan", "Index Only Scan"])
            && bounds.iter().all(|key| below.text(key).is_none())
            && below.estimate.width_bytes == 0.0
    });
    let rows: f64 = plan
        .subtree(node)
        .filter(|below| below.relation().is_some())
        .filter_map(|below| plan.figures(below).rows)
        .sum();
    if !only || !whole || rows < FROM_ROWS {
        return None;
    }
    let object = origin::tables(plan, node);
    Some(Suspicion {
        saves: Saves::whole(node, plan),
        evidence: Evidence::default().figure("rows", rows),
        advice: format!(
            "counts {} rows one by one: where about is enough, read reltuples of {object} in pg_class; else keep the count in a table",
            count(rows)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_table_that_is_counted() {
        fires(include_str!("../../fixtures/exact_count_full_scan.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_sum_and_a_count_of_some_are_silent() {
        silent(include_str!("../../fixtures/healthy_aggregate.json"), super::RULE.id);
        silent(include_str!("../../fixtures/bitmap_lossy.json"), super::RULE.id);
    }
}
