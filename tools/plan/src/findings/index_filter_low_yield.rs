//! `index_filter_low_yield`: an index scan fetches many rows only to throw them away.
//!
//! The index answers a part of the condition. For each entry found the row is fetched from the table, often from a
//! page of its own, and the rest of the condition drops it.
//!
//! # When it fires
//!
//! The filter behind an index condition removes 90 % or more of at least 10,000 rows, or of what 100 pages held.
//!
//! # What to do
//!
//! Add the filtered column to the index, behind the columns compared for equality and before a range. Where the filter
//! cannot be looked up, a partial index with it as its condition.
//!
//! # Traps
//!
//! On the inner side of a nested loop the figures of a plan are averages of one loop: the rows are counted over all
//! loops here. Under a LIMIT the same is `limit_index_filter`, where the order counts as well.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, yields};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "index_filter_low_yield",
    title: "Index scan throws most rows away",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let limited = plan.parent(node).is_some_and(|parent| parent.kind == "Limit");
    if !node.is(&["Index Scan", "Index Only Scan"]) || limited {
        return None;
    }
    let found = yields::low(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: node.index()?.to_owned(),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {}", found.says(), wider_index(node, plan, facts, "Index Cond")?),
    })
}

/// The index with the columns of its condition and those of the filter.
pub(super) fn wider_index(node: &Node, plan: &Plan, facts: &Facts, condition: &str) -> Option<String> {
    let filter = node.filter()?;
    let mut keys = node.text(condition).map(|text| equal_columns(&Expr::read(text))).unwrap_or_default();
    let added: Vec<String> = index_advice::key_columns(&filter, node, facts)
        .into_iter()
        .filter(|column| !keys.contains(column))
        .collect();
    if added.is_empty() {
        return Some(format!(
            "a partial index on {} where {}",
            node.table()?,
            index_advice::unqualified(node.text("Filter")?, node)
        ));
    }
    let ranges = node
        .text(condition)
        .map(|text| index_advice::key_columns(&Expr::read(text), node, facts))
        .unwrap_or_default();
    keys.extend(added);
    keys.extend(ranges.into_iter().filter(|column| !keys.contains(column)).collect::<Vec<_>>());
    Some(index_advice::ddl(node, plan, &index_advice::quoted(&keys)))
}

/// Columns compared for equality with a constant or with another table's column.
fn equal_columns(condition: &Expr) -> Vec<String> {
    let comparisons = condition.conjuncts().into_iter().filter_map(Expr::comparison);
    comparisons
        .filter(|comparison| comparison.is_equality())
        .filter_map(|comparison| Some(comparison.left.plain_column()?.name.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn the_filtered_column_joins_the_index() {
        let finding = fires(
            include_str!("../../fixtures/index_filter_low_yield.json"),
            super::RULE.id,
            "orders_customer",
        );
        assert!(finding.advice.contains("on orders (customer_id, status)"), "{}", finding.advice);
    }

    #[test]
    fn an_index_scan_that_keeps_its_rows_is_silent() {
        silent(include_str!("../../fixtures/healthy_index_scan.json"), super::RULE.id);
    }
}
