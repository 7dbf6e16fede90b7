//! `topn_needs_index`: all rows are read to find the first few in order.
//!
//! A top-N sort keeps little in memory, but its input is read to the end. An index in the wanted order stops after the
//! limit.
//!
//! # When it fires
//!
//! The input of a top-N sort is at least 10,000 rows and ten times what it keeps, and every sort key is a plain column
//! of one table that is scanned below.
//!
//! # What to do
//!
//! Make an index on the columns fixed to one value, then on the sort key with its directions.
//!
//! # Traps
//!
//! Silent on computed keys and above aggregates, where an index gives no order, and where the catalogue knows such an
//! index already. Mixed directions and `nulls first` must be in the index as they are in the query.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "topn_needs_index",
    title: "Everything is read to find the first few",
    needs: Needs::Analyze,
    silences: &["seq_scan_low_yield"],
    check,
};

/// Nodes that give their input's rows on, so that an order from below survives or can be had.
const PASSES: &[&str] = &[
    "Gather",
    "Gather Merge",
    "Subquery Scan",
    "Nested Loop",
    "Hash Join",
    "Merge Join",
    "Hash",
    "Materialize",
    "Memoize",
    "Sort",
];

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let topn = node.text("Sort Method") == Some("top-N heapsort")
        || node
            .workers()
            .any(|worker| worker.get("Sort Method").is_some_and(|method| method == "top-N heapsort"));
    let input = plan.input(node).filter(|_| topn)?;
    let limit =
        plan.ancestors(node).find(|above| above.kind == "Limit").map_or(node.rows_out(), Node::rows_out);
    if input.rows_out() < 10_000.0_f64.max(10.0 * limit) {
        return None;
    }
    let columns = origin::sort_columns(node)?;
    let scan = origin::scan_of(plan, node, &columns[0].0)?;
    let one_table = columns
        .iter()
        .all(|(column, _)| origin::scan_of(plan, node, column).is_some_and(|other| other.id == scan.id));
    let passes = plan.ancestors(scan).take_while(|above| above.id != node.id).all(|above| above.is(PASSES));
    // A selective inner side is found through the outer one: its order is of no use.
    if !one_table || !passes || scan.rows_out() < 0.5 * input.rows_out() {
        return None;
    }
    let order: Vec<String> = columns.iter().map(|(column, order)| column.sql() + order).collect();
    let filtered = fixed_columns(scan, plan);
    let names: Vec<String> =
        filtered.iter().cloned().chain(columns.iter().map(|(column, _)| column.name.clone())).collect();
    if facts
        .relation(scan)
        .is_some_and(|table| table.indexes.iter().any(|index| index.keys.starts_with(&names)))
    {
        return None;
    }
    let keys: Vec<String> = filtered.iter().map(|column| quote_identifier(column)).chain(order).collect();
    Some(Suspicion {
        saves: Saves::whole(node, plan),
        object: scan.table()?,
        evidence: Evidence::default()
            .figure("input_rows", input.rows_out())
            .figure("kept_rows", limit)
            .text("sort_key", &node.list("Sort Key").join(", ")),
        advice: format!(
            "sorts {} rows to keep {}: {}",
            count(input.rows_out()),
            count(limit),
            index_advice::ddl(scan, plan, &keys)
        ),
    })
}

/// Columns compared with one value each: behind them an index still gives the order.
fn fixed_columns(scan: &Node, plan: &Plan) -> Vec<String> {
    let below = plan.input(scan).filter(|below| below.kind == "Bitmap Index Scan");
    let condition = below.unwrap_or(scan).text("Index Cond").map(Expr::read);
    let mut columns: Vec<String> = Vec::new();
    for expr in condition.into_iter().chain(scan.filter()) {
        for comparison in expr
            .conjuncts()
            .into_iter()
            .filter_map(Expr::comparison)
            .filter(|comparison| comparison.op == "=")
        {
            let own = |column: &&ColumnRef| {
                column.qualifier.is_none() || column.qualifier.as_deref() == scan.alias()
            };
            let column = comparison.left.plain_column().filter(own).map(|column| column.name.clone());
            columns.extend(column.filter(|column| !columns.contains(column)));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn the_newest_ten_of_all() {
        let finding = fires(include_str!("../../fixtures/topn_needs_index.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (created_at desc)"), "{}", finding.advice);
    }

    #[test]
    fn columns_fixed_to_one_value_come_first() {
        let finding = fires(include_str!("../../fixtures/sums_lateral_limit.json"), super::RULE.id, "orders");
        assert!(finding.advice.contains("on orders (customer_id, total desc)"), "{}", finding.advice);
    }

    #[test]
    fn an_expression_has_no_plain_index() {
        silent(include_str!("../../fixtures/topn_by_expression.json"), super::RULE.id);
    }

    #[test]
    fn an_aggregate_has_no_order_to_inherit() {
        silent(include_str!("../../fixtures/topn_over_aggregate.json"), super::RULE.id);
    }
}
