//! `or_across_columns`: an OR over several columns reads the whole table to keep few rows.
//!
//! # When it fires
//!
//! A Seq Scan whose filter is an OR over two different columns or more keeps few rows.
//!
//! # What to do
//!
//! Make an index for each arm: PostgreSQL then combines them in a bitmap. Or write the arms as `union all`, the later ones without the rows of the
//! earlier.
//!
//! # Traps
//!
//! As soon as one arm has no index the others are useless. Arms over different tables cannot be combined this way; only the rewrite helps
//! there.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, yields};
use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "or_across_columns",
    title: "OR over different columns",
    needs: Needs::Analyze,
    silences: &["seq_scan_low_yield"],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter().filter(|_| node.kind == "Seq Scan")?;
    let Expr::Or(arms) = &filter else { return None };
    let mut columns: Vec<String> =
        arms.iter().flat_map(|arm| arm.columns().into_iter().map(ColumnRef::sql).take(1)).collect();
    columns.sort();
    columns.dedup();
    let found = yields::low(node, plan, facts).filter(|_| columns.len() >= 2)?;
    let advice = index_advice::for_filter(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: node.table()?,
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}, by {}: {advice}", found.says(), columns.join(" or ")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn by_customer_or_by_total() {
        let found = fires(include_str!("../../fixtures/or_across_columns.json"), super::RULE.id, "orders");
        assert!(
            found.advice.contains("(customer_id)") && found.advice.contains("(total)"),
            "{}",
            found.advice
        );
        silent(include_str!("../../fixtures/or_across_columns.json"), "seq_scan_low_yield");
    }

    #[test]
    fn one_column_is_silent() {
        silent(include_str!("../../fixtures/seq_scan_low_yield.json"), super::RULE.id);
    }
}
