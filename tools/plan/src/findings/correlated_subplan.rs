//! `correlated_subplan`: a subquery runs again for each row of its outer query.
//!
//! A scalar subquery, or an `exists` that PostgreSQL could not turn into a join, mentions a column of the outer query
//! and is executed once a row. Its time in the plan is that of one execution.
//!
//! # When it fires
//!
//! A sub-plan that is not hashed, from 100 executions and 20 % of the time on. Without measured times, by the
//! estimated rows of the outer query and the share of the cost.
//!
//! # What to do
//!
//! Join the subquery's table once: grouped by the correlated column, or as a `lateral` subquery. Until then an index
//! on the correlated column makes each execution cheap.
//!
//! # Traps
//!
//! A `count(*)` turned into a left join yields null where it yielded 0: wrap it in `coalesce(…, 0)`. With few outer
//! rows the sub-plan with an index may be the best plan. Silent where the sub-plan is hashed, which runs it once, and
//! where it is materialized (`not_in_subplan`).

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::arithmetic::cost::is_hashed;
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "correlated_subplan",
    title: "Subquery runs for each row",
    needs: Needs::Estimates,
    silences: &["seq_scan_low_yield", "row_overestimate", "row_underestimate"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let owner = plan.parent(node).filter(|_| node.role == Role::SubPlan && node.kind != "Materialize")?;
    let loops = if plan.analyzed() { node.loops() } else { owner.estimate.rows };
    let saves = Saves::whole(node, plan);
    let whole = if plan.timed() { plan.run_ms()? } else { plan.root().estimate.total_cost };
    if loops < 100.0 || saves.amount < 0.2 * whole || is_hashed(owner, node) {
        return None;
    }
    let object = plan.subtree(node).find_map(Node::table).unwrap_or_else(|| origin::tables(plan, node));
    let index = plan.subtree(node).find(|below| below.kind == "Seq Scan").and_then(|scan| {
        let column = correlated_column(scan)?;
        Some(format!("; meanwhile {}", index_advice::ddl(scan, &[column])))
    });
    let key = if plan.analyzed() { "loops" } else { "estimated_loops" };
    Some(Suspicion {
        saves,
        evidence: Evidence::default()
            .figure(key, loops)
            .text("subplan", node.text("Subplan Name").unwrap_or_default()),
        advice: format!(
            "runs {} times: join {object} once, grouped by the correlated column (or lateral){}",
            count(loops),
            index.unwrap_or_default()
        ),
        object,
    })
}

/// The scanned table's column that is compared with the outer query's.
fn correlated_column(scan: &Node) -> Option<String> {
    let filter = scan.filter()?;
    let mut comparisons = filter
        .conjuncts()
        .into_iter()
        .filter_map(Expr::comparison)
        .filter(|comparison| comparison.is_equality());
    let alias = scan.alias();
    let own = |expr: &Expr| {
        expr.plain_column()
            .filter(|column| column.qualifier.is_none() || column.qualifier.as_deref() == alias)
            .map(|column| quote_identifier(&column.name))
    };
    comparisons.find_map(|comparison| {
        own(comparison.left).filter(|_| !comparison.right.is_constant()).or_else(|| own(comparison.right))
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_count_for_each_row() {
        let finding = fires(include_str!("../../fixtures/correlated_subplan.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (customer_id)"), "{}", finding.advice);
    }

    #[test]
    fn estimates_are_enough() {
        fires(include_str!("../../fixtures/correlated_subplan_estimated.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_hashed_one_runs_once() {
        silent(include_str!("../../fixtures/hashed_subplan.json"), super::RULE.id);
    }
}
