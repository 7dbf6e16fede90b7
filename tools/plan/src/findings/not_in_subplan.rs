//! `not_in_subplan`: NOT IN reads the subquery's rows again for each row, because they do not fit into a hash table.
//!
//! `not in (select …)` cannot be turned into a join, since one null in the subquery makes the answer null for all.
//! Below `work_mem` it is hashed and fast; above, each row searches the whole list, and the time grows with the
//! product.
//!
//! # When it fires
//!
//! A negated sub-plan that is materialized and not hashed, from 100 loops and 20 % of the time on.
//!
//! # What to do
//!
//! Write `not exists (select … )` with the comparison of the two columns in its `where`, which is joined. Or raise `work_mem` so that the list is
//! hashed.
//!
//! # Traps
//!
//! The two differ where either side can be null: `not in` yields no rows at all as soon as the subquery yields a null.
//! Make sure that the columns are `not null`, or that this is what was meant. An estimate just below `work_mem` can
//! tip over as the table grows.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::arithmetic::cost::{is_hashed, sub_plan_executions};
use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "not_in_subplan",
    title: "NOT IN reads its subquery for each row",
    needs: Needs::Estimates,
    silences: &["materialize_huge"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let owner = plan.parent(node).filter(|_| node.role == Role::SubPlan && node.kind == "Materialize")?;
    let filter = owner.filter()?;
    let mut negated = filter.parts().into_iter().filter(|part| matches!(part, Expr::Not(_)));
    if !negated.any(is_sub_plan) {
        return None;
    }
    let loops = if plan.analyzed() { node.loops() } else { sub_plan_executions(plan, owner, node) };
    let saves = Saves::whole(node, plan).plus(Saves::own(owner, plan));
    let whole = if plan.timed() { plan.run_ms()? } else { plan.root().estimate.total_cost };
    if loops < 100.0 || saves.amount < 0.2 * whole || is_hashed(owner, node) {
        return None;
    }
    let object = origin::tables(plan, node);
    let key = if plan.analyzed() { "loops" } else { "estimated_loops" };
    Some(Suspicion {
        saves,
        evidence: Evidence::default()
            .figure(key, loops)
            .figure("estimated_subquery_rows", node.estimate.rows),
        advice: format!(
            "{object} is searched {} times: write {} if neither side can be null, or raise work_mem so that it is hashed",
            count(loops),
            rewrite(&filter, node, owner, &object)
        ),
        object,
    })
}

/// The anti-join to write, with its columns where the plan names both: the subquery's in the output of a verbose plan,
/// the outer one in the filter from PostgreSQL 17 on.
fn rewrite(filter: &Expr, node: &Node, owner: &Node, object: &str) -> String {
    let inner = match node.list("Output")[..] {
        [one] => match Expr::read(one) {
            Expr::Column(column) => Some(column.sql()),
            _ => None,
        },
        _ => None,
    };
    let outer = filter.parts().into_iter().find_map(|part| match part {
        Expr::Binary { left, right, .. }
            if matches!(right.as_ref(), Expr::Other(_)) && is_sub_plan(right) =>
        {
            left.plain_column().map(ColumnRef::sql)
        }
        _ => None,
    });
    match (inner, outer.zip(owner.relation())) {
        (Some(inner), Some((outer, relation))) => {
            let alias = quote_identifier(owner.alias().unwrap_or(relation));
            format!("not exists (select from {object} i where i.{inner} = {alias}.{outer})")
        }
        _ => format!("it as not exists over {object}, with the two columns that are compared in its where,"),
    }
}

fn is_sub_plan(expr: &Expr) -> bool {
    expr.parts().iter().any(|part| matches!(part, Expr::SubPlan { .. }))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn too_large_to_be_hashed() {
        let json = include_str!("../../fixtures/not_in_subplan.json");
        fires(json, super::RULE.id, "blocked");
        silent(json, "correlated_subplan");
    }

    #[test]
    fn the_rewrite_has_the_columns_that_the_plan_names() {
        let advice = |json| fires(json, super::RULE.id, "blocked").advice;
        let plain = advice(include_str!("../../fixtures/not_in_subplan.json"));
        assert!(
            plain.contains("write it as not exists over blocked, with the two columns that are compared"),
            "{plain}"
        );
        // What VERBOSE adds, on a plan that names the outer column.
        let verbose = include_str!("../../fixtures/18/not_in_subplan.json").replacen(
            "\"Node Type\": \"Materialize\",",
            "\"Node Type\": \"Materialize\", \"Output\": [\"blocked.id\"],",
            1,
        );
        let named = advice(&verbose);
        assert!(
            named.contains("write not exists (select from blocked i where i.id = orders.customer_id)"),
            "{named}"
        );
    }

    #[test]
    fn estimates_are_enough() {
        fires(include_str!("../../fixtures/not_in_subplan_estimated.json"), super::RULE.id, "blocked");
    }

    #[test]
    fn hashed_is_silent() {
        silent(include_str!("../../fixtures/hashed_subplan.json"), super::RULE.id);
    }
}
