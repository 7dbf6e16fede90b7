//! `distinct_over_join`: a join multiplies rows, and DISTINCT throws the copies away again.
//!
//! # When it fires
//!
//! A Unique or an aggregate without functions keeps a fifth or less of at least 10,000 rows that a join just below it made.
//!
//! # What to do
//!
//! Ask whether there is a match instead of joining them all: `where exists (select from lines l where l.order_id = o.id and …)`. Then nothing is multiplied and
//! nothing has to be made distinct.
//!
//! # Traps
//!
//! Only where no column of the multiplied side is in the result. A `group by` with aggregates over that side needs its rows.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "distinct_over_join",
    title: "DISTINCT removes what a join multiplied",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let distinct = node.kind == "Unique" || node.kind == "Aggregate" && !node.list("Group Key").is_empty();
    let mut below = plan.input(node).filter(|_| distinct)?;
    while below.is(&["Sort", "Incremental Sort", "Gather", "Gather Merge", "Unique"]) {
        below = plan.input(below)?;
    }
    let joins =
        below.is(&["Hash Join", "Merge Join", "Nested Loop"]) && below.text("Join Type") == Some("Inner");
    let (made, kept) = (plan.figures(below).rows?, plan.figures(node).rows?);
    // An aggregate function would make the rows wider, and shows in what a verbose plan returns.
    let keys = node.list("Group Key");
    let computes = !keys.is_empty() && node.list("Output").iter().any(|item| !keys.contains(item));
    let same = !computes && (node.estimate.width_bytes - below.estimate.width_bytes).abs() < 0.5;
    if !joins || !same || made < 10_000.0 || made < 5.0 * kept {
        return None;
    }
    let object = origin::tables(plan, below);
    Some(Suspicion {
        saves: Saves::own(node, plan).plus(Saves::own(below, plan)).times(1.0 - kept / made),
        evidence: Evidence::default().figure("joined_rows", made).figure("distinct_rows", kept),
        advice: format!(
            "the join of {object} makes {} rows of which {} are different: write it as exists (…) instead of join and distinct",
            count(made),
            count(kept)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn customers_that_have_orders() {
        fires(include_str!("../../fixtures/distinct_over_join.json"), super::RULE.id, "orders, customers");
    }

    #[test]
    fn groups_with_sums_are_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
