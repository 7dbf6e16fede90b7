//! `cartesian_join`: two inputs are multiplied, with no condition between them.
//!
//! Every row of one side is paired with every row of the other. Nearly always a join condition was forgotten, and a
//! `distinct` or `group by` further up hides the surplus rows.
//!
//! # When it fires
//!
//! An inner nested loop without a join filter, whose inner side mentions nothing of the outer one, when both sides
//! have more than one row and 10,000 or more come out. Estimates are enough.
//!
//! # What to do
//!
//! Add the missing predicate between the two tables. If the product is meant, write `cross join`, so that the next
//! reader knows.
//!
//! # Traps
//!
//! Silent where both sides are fixed to the same constant, since the planner drops a condition that follows from it;
//! and for functions and computed inputs, whose arguments a plan may not show.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "cartesian_join",
    title: "Every row is paired with every row",
    needs: Needs::Estimates,
    silences: &["nl_many_loops", "row_underestimate", "row_overestimate"],
    check,
};

const HIDDEN_INPUT: &[&str] =
    &["Function Scan", "Table Function Scan", "WorkTable Scan", "Values Scan", "ProjectSet", "Result"];

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    if node.kind != "Nested Loop"
        || node.text("Join Type") != Some("Inner")
        || node.text("Join Filter").is_some()
    {
        return None;
    }
    let (outer, inner) = (plan.input(node)?, plan.inner(node)?);
    let rows = |side: &Node| side.actual.as_ref().map_or(side.estimate.rows, |actual| actual.rows);
    if rows(outer) <= 1.0 || rows(inner) <= 1.0 || rows(node) < 10_000.0 {
        return None;
    }
    let hidden = plan.subtree(inner).any(|below| below.is(HIDDEN_INPUT));
    if hidden || refers(plan, inner, outer) || fixed_alike(plan, inner, outer) {
        return None;
    }
    let (left, right) = (origin::tables(plan, outer), origin::tables(plan, inner));
    let key = if plan.analyzed() { "joined_rows" } else { "estimated_joined_rows" };
    Some(Suspicion {
        saves: Saves::own(node, plan).plus(Saves::whole(inner, plan)),
        object: format!("{left}, {right}"),
        evidence: Evidence::default()
            .figure("outer_rows", rows(outer))
            .figure("inner_rows", rows(inner))
            .figure(key, rows(node)),
        advice: format!(
            "{} × {} rows with no condition between {left} and {right}: add the missing join predicate",
            count(rows(outer)),
            count(rows(inner))
        ),
    })
}

/// Whether the inner side reads a value of the outer one.
fn refers(plan: &Plan, inner: &Node, outer: &Node) -> bool {
    let aliases: Vec<&str> =
        plan.subtree(outer).filter_map(|below| below.alias().or(below.relation())).collect();
    plan.subtree(inner).flat_map(Node::expressions).any(|(_, text)| {
        text.contains('$')
            || Expr::read(text)
                .columns()
                .iter()
                .any(|column| column.qualifier.as_deref().is_some_and(|alias| aliases.contains(&alias)))
    })
}

fn fixed_alike(plan: &Plan, inner: &Node, outer: &Node) -> bool {
    let constants = |side: &Node| -> Vec<String> {
        let texts = plan.subtree(side).flat_map(Node::expressions).map(|(_, text)| Expr::read(text));
        texts
            .flat_map(|expr| {
                let comparisons = expr
                    .conjuncts()
                    .into_iter()
                    .filter_map(Expr::comparison)
                    .filter(|comparison| comparison.op == "=");
                comparisons
                    .filter(|comparison| comparison.right.is_constant())
                    .map(|comparison| format!("{:?}", comparison.right))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    let fixed = constants(outer);
    !fixed.is_empty() && constants(inner).iter().any(|constant| fixed.contains(constant))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_forgotten_condition() {
        fires(include_str!("../../fixtures/cartesian_join.json"), super::RULE.id, "customers, bands");
    }

    #[test]
    fn both_sides_fixed_to_one_value_are_joined() {
        silent(include_str!("../../fixtures/join_by_constant.json"), super::RULE.id);
    }

    #[test]
    fn a_parameterised_inner_side_is_silent() {
        silent(include_str!("../../fixtures/healthy_nested_loop.json"), super::RULE.id);
        silent(include_str!("../../fixtures/nl_many_loops.json"), super::RULE.id);
    }
}
