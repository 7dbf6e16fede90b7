//! `correlated_subplan`: a subquery runs again for each row of its outer query.
//!
//! A scalar subquery, or an `exists` that PostgreSQL could not turn into a join, mentions a column of the outer query
//! and is executed once a row. Its time in the plan is that of one execution.
//!
//! # When it fires
//!
//! A sub-plan that is not hashed, from 100 executions and 20 % of the time on; from two executions and half of the time
//! on where it reads a table from its beginning each time, for want of an index on the correlated column. Without
//! measured times, by the rows of the outer query that the planner expects (those it looks at, where the sub-plan is a
//! part of the filter) and the share of the cost.
//!
//! # What to do
//!
//! Join the subquery's table once: grouped by the correlated column, or as a `lateral` subquery. Until then an index
//! on the correlated column makes each execution cheap; one on both columns where each execution intersects two.
//!
//! # Traps
//!
//! A `count(*)` turned into a left join yields null where it yielded 0: wrap it in `coalesce(…, 0)`. With few outer
//! rows the sub-plan with an index may be the best plan. Silent where the sub-plan is hashed, which runs it once, and
//! where it is materialized (`not_in_subplan`).

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::arithmetic::cost::{is_hashed, sub_plan_executions};
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

/// From this many executions on a join is better, whatever each of them does.
const MANY: f64 = 100.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let owner = plan.parent(node).filter(|_| node.role == Role::SubPlan && node.kind != "Materialize")?;
    let loops = if plan.analyzed() { node.loops() } else { sub_plan_executions(plan, owner, node) };
    let saves = Saves::whole(node, plan);
    let whole = if plan.timed() { plan.run_ms()? } else { plan.root().estimate.total_cost };
    let index = plan.subtree(node).find_map(|scan| missing_index(scan, plan, facts));
    let many = loops >= MANY && saves.amount >= 0.2 * whole;
    // A few executions are worth a word where each reads a whole table and they are most of the statement.
    let whole_table = loops >= 2.0 && index.is_some() && saves.amount >= 0.5 * whole;
    if !(many || whole_table) || is_hashed(owner, node) {
        return None;
    }
    let object = looked_up(node, plan).and_then(Node::table).unwrap_or_else(|| origin::tables(plan, node));
    let join = format!("join {object} once, grouped by the correlated column (or lateral)");
    let advice = match index {
        Some(index) if many => format!("{join}; meanwhile {index}"),
        Some(index) => format!("reads {object} from its beginning each time: {index}"),
        None => match plan.subtree(node).find_map(|scan| composite_index(scan, plan)) {
            Some(index) => format!("{index}, or {join}"),
            None => join,
        },
    };
    let key = if plan.analyzed() { "loops" } else { "estimated_loops" };
    Some(Suspicion {
        saves,
        evidence: Evidence::default()
            .figure(key, loops)
            .text("subplan", node.text("Subplan Name").unwrap_or_default()),
        advice: format!("runs {} times{}{advice}", count(loops), if many { ": " } else { " and " }),
        object,
    })
}

/// The scan that looks for what the outer query asks for; else the one that takes longest.
fn looked_up<'a>(node: &'a Node, plan: &'a Plan) -> Option<&'a Node> {
    let aliases: Vec<&str> = plan.subtree(node).filter_map(Node::alias).collect();
    let asks_outside = |scan: &Node| {
        let conditions: Vec<Expr> = scan.expressions().map(|(_, text)| Expr::read(text)).collect();
        conditions
            .iter()
            .flat_map(Expr::columns)
            .any(|column| column.qualifier.as_deref().is_some_and(|alias| !aliases.contains(&alias)))
    };
    plan.subtree(node).filter(|scan| scan.table().is_some()).max_by(|a, b| {
        let rank = |scan: &Node| (asks_outside(scan), Saves::own(scan, plan).amount);
        let ((asks_a, own_a), (asks_b, own_b)) = (rank(a), rank(b));
        asks_a.cmp(&asks_b).then(own_a.total_cmp(&own_b)).then(b.id.cmp(&a.id))
    })
}

/// The index on both columns of which PostgreSQL intersects two others at every execution.
fn composite_index(scan: &Node, plan: &Plan) -> Option<String> {
    plan.children(scan).find(|below| below.kind == "BitmapAnd")?;
    let condition = Expr::read(scan.text("Recheck Cond")?);
    let equal =
        condition.conjuncts().into_iter().filter_map(Expr::comparison).filter(|sides| sides.is_equality());
    let keys: Vec<String> = equal
        .filter_map(|sides| {
            [sides.left, sides.right].into_iter().find_map(|side| {
                let column = side.plain_column()?;
                (column.qualifier.as_deref() == scan.alias() || column.qualifier.is_none())
                    .then(|| column.name.clone())
            })
        })
        .collect();
    (keys.len() >= 2).then(|| index_advice::ddl(scan, plan, &index_advice::quoted(&keys)))
}

/// The index that would spare a sequential scan inside.
fn missing_index(scan: &Node, plan: &Plan, facts: &Facts) -> Option<String> {
    let column = correlated_column(scan).filter(|_| scan.kind == "Seq Scan")?;
    let made = facts.relation(scan).and_then(|table| table.index_on(std::slice::from_ref(&column)));
    made.is_none().then(|| index_advice::ddl(scan, plan, &index_advice::quoted(&[column])))
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
            .map(|column| column.name.clone())
    };
    comparisons.find_map(|comparison| {
        own(comparison.left).filter(|_| !comparison.right.is_constant()).or_else(|| own(comparison.right))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::expect::{fires, silent};
    use crate::model::Plan;

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
    fn a_few_that_read_the_whole_table_want_an_index() {
        let wanted = "runs 39 times and reads orders from its beginning each time: create index concurrently on orders (customer_id)";
        for json in [
            include_str!("../../fixtures/correlated_few.json"),
            include_str!("../../fixtures/correlated_few_estimated.json"),
        ] {
            let finding = fires(json, super::RULE.id, "orders");
            assert_eq!(finding.advice, wanted);
            assert!(finding.saves_ratio > 0.8 && finding.severity >= crate::Severity::Medium, "{finding:#?}");
        }
        silent(include_str!("../../fixtures/correlated_indexed.json"), super::RULE.id);
    }

    /// It runs for each row that is read, not for each of those that are kept.
    #[test]
    fn one_in_a_filter_takes_its_cost_with_it() {
        let json = include_str!("../../fixtures/correlated_filter_estimated.json");
        let finding = fires(json, super::RULE.id, "orders");
        assert!(finding.advice.starts_with("runs 500 times: "), "{}", finding.advice);
        let plan = Plan::from_json(json).unwrap();
        let verdict = crate::verdict(&plan, &[]);
        assert!(verdict.contains("in Seq Scan on orders (node 2)"), "{verdict}");
        fires(include_str!("../../fixtures/correlated_filter.json"), super::RULE.id, "orders");
    }

    #[test]
    fn a_hashed_one_runs_once() {
        silent(include_str!("../../fixtures/hashed_subplan.json"), super::RULE.id);
    }
}
