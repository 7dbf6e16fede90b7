//! `nl_inner_seqscan`: a nested loop reads a whole table again for each row of its outer side.
//!
//! Without an index on the join column the inner table is scanned from its beginning for every outer row. The plan
//! shows the time of one scan; it is paid as often as the loop runs.
//!
//! # When it fires
//!
//! A sequential scan on the inner side, directly or through nodes that are rescanned with it (Limit, Sort, Aggregate),
//! from two loops and 100,000 rows in all on. Estimates are enough.
//!
//! # What to do
//!
//! Index the inner table's join column. Where the condition is no equality, give it one that can be hashed.
//!
//! # Traps
//!
//! Silent behind Materialize, which reads the table once and repeats from memory. A planner that chose this expected
//! one outer row: look at the estimate of the outer side as well.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "nl_inner_seqscan",
    title: "Table is read again for each outer row",
    needs: Needs::Estimates,
    silences: &["seq_scan_low_yield", "row_overestimate", "row_underestimate", "stale_stats"],
    check,
};

const RESCANNED: &[&str] = &["Limit", "Subquery Scan", "Result", "Aggregate", "Sort", "Unique"];
const MANY_ROWS: f64 = 100_000.0;
/// What reading that many rows costs, where a plan does not say how many a filtered scan reads.
const MANY_COST: f64 = 2_000.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    if node.kind != "Seq Scan" {
        return None;
    }
    let join = loop_above(node, plan)?;
    let (loops, rows) = if plan.analyzed() {
        let loops = node.loops() / plan.figures(node).participants;
        (loops, Some(node.rows_out() + node.rows_removed("Filter")))
    } else {
        let loops = plan.input(join)?.estimate.rows;
        let unfiltered = node.text("Filter").is_none().then_some(node.estimate.rows);
        (loops, facts.relation(node).and_then(|table| table.rows).or(unfiltered).map(|table| loops * table))
    };
    let many = rows.map_or(loops * node.estimate.run_cost() >= MANY_COST, |rows| rows >= MANY_ROWS);
    if loops < 2.0 || !many {
        return None;
    }
    let total = rows.map(|rows| format!(", {} rows in all", count(rows))).unwrap_or_default();
    let read = format!("read {} times{total}", count(loops));
    let columns = join_columns(node, join);
    let advice = match columns.as_slice() {
        [] => format!("{read}: join {} by an equality, so that it can be hashed", node.table()?),
        columns => format!("{read}: {}", index_advice::ddl(node, plan, columns)),
    };
    let key = if plan.analyzed() { "rows_read" } else { "estimated_rows_read" };
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: node.table()?,
        evidence: Evidence::default().figure("loops", loops).some(key, rows),
        advice,
    })
}

/// The nested loop that rescans the node.
fn loop_above<'a>(node: &Node, plan: &'a Plan) -> Option<&'a Node> {
    let mut role = node.role;
    for above in plan.ancestors(node) {
        if above.kind == "Nested Loop" {
            return (role == Role::Inner).then_some(above);
        }
        if !above.is(RESCANNED) || !role.feeds() {
            return None;
        }
        role = above.role;
    }
    None
}

/// Columns of the scanned table that are compared with another table's.
fn join_columns(node: &Node, join: &Node) -> Vec<String> {
    let alias = node.alias().or(node.relation());
    let mut columns: Vec<String> = Vec::new();
    for text in [node.text("Filter"), join.text("Join Filter")].into_iter().flatten() {
        for comparison in Expr::read(text)
            .conjuncts()
            .into_iter()
            .filter_map(Expr::comparison)
            .filter(|comparison| comparison.is_equality())
        {
            let own = |side: &Expr| {
                let column = side.plain_column()?;
                column
                    .qualifier
                    .as_deref()
                    .is_none_or(|qualifier| Some(qualifier) == alias)
                    .then(|| quote_identifier(&column.name))
            };
            let other = |side: &Expr| {
                side.columns().iter().any(|column| {
                    column.qualifier.as_deref().is_some_and(|qualifier| Some(qualifier) != alias)
                })
            };
            let found = own(comparison.left)
                .filter(|_| other(comparison.right))
                .or_else(|| own(comparison.right).filter(|_| other(comparison.left)));
            columns.extend(found.filter(|column| !columns.contains(column)));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_lateral_subquery_reads_its_table_each_time() {
        let finding = fires(include_str!("../../fixtures/nl_inner_seqscan.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (customer_id)"), "{}", finding.advice);
    }

    #[test]
    fn estimates_are_enough() {
        fires(include_str!("../../fixtures/nl_inner_seqscan_estimated.json"), super::RULE.id, "orders");
    }

    #[test]
    fn materialized_once_is_silent() {
        silent(include_str!("../../fixtures/join_filter_low_yield.json"), super::RULE.id);
    }
}
