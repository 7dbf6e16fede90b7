//! `join_filter_low_yield`: a join pairs rows first and throws most pairs away afterwards.
//!
//! A join filter is evaluated on pairs that were formed already. If nearly all of them fail, the join did the work of
//! a product.
//!
//! # When it fires
//!
//! The join filter removes 90 % or more of at least 100,000 pairs.
//!
//! # What to do
//!
//! Give the join an equality that a hash or an index can answer: a key, or the bucket of a range (`date_trunc`). For a
//! comparison of ranges an index on the inner side's column, or a GiST index on a range type.
//!
//! # Traps
//!
//! An `or` between two equalities is not hashable: a `union` of two joins is. Where the condition is an equality
//! already, check that both sides have the same type and that hash and merge joins are not switched off.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "join_filter_low_yield",
    title: "Join throws most pairs away",
    needs: Needs::Analyze,
    silences: &["row_overestimate", "row_underestimate"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let text = node.text("Join Filter")?;
    let removed = node.rows_removed("Join Filter");
    if removed < 100_000.0_f64.max(0.9 * (removed + node.rows_out())) {
        return None;
    }
    let filter = Expr::read(text);
    let equal = filter
        .conjuncts()
        .into_iter()
        .filter_map(Expr::comparison)
        .any(|comparison| comparison.is_equality() && !comparison.right.is_constant());
    let object = origin::tables(plan, node);
    let advice = if equal {
        "the condition is an equality: check that hash and merge joins are on and both sides have the same type; an index on the inner column helps too"
    } else {
        "add an equality to the join condition (a bucket of the range, a key), or index the inner side for the comparison"
    };
    Some(Suspicion {
        saves: Saves::own(node, plan),
        evidence: Evidence::default()
            .figure("removed_pairs_rows", removed)
            .figure("kept_rows", node.rows_out())
            .text("join_filter", text),
        advice: format!(
            "{} pairs of {object} compared to keep {}: {advice}",
            count(removed + node.rows_out()),
            count(node.rows_out())
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_join_by_comparison() {
        fires(include_str!("../../fixtures/join_filter_low_yield.json"), super::RULE.id, "customers, bands");
    }

    #[test]
    fn a_hash_join_is_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
