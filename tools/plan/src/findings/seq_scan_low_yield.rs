//! `seq_scan_low_yield`: a sequential scan reads much and keeps little.
//!
//! Every page of the table is read and nearly every row dropped. An index on the filter's columns would find the few
//! directly.
//!
//! # When it fires
//!
//! The filter throws away 90 % or more of at least 10,000 rows, or of what 100 pages held. Rows are counted over all
//! loops and processes, since PostgreSQL prints averages. Without a measured plan the catalogue's row count says how
//! many are read.
//!
//! # What to do
//!
//! Make the index that the advice names: columns compared for equality first, then one range. For each arm of an `or`
//! its own, which PostgreSQL combines.
//!
//! # Traps
//!
//! Silent on small tables, which are read as fast as an index on them, and where no index could serve the filter;
//! specific causes (`function_on_column`, `leading_wildcard_like`, …) take its place. If an index exists already but
//! was not used, the statistics or the cost settings are the cause.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "seq_scan_low_yield",
    title: "Sequential scan keeps few rows",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    if node.kind != "Seq Scan" {
        return None;
    }
    let found = yields::low(node, plan, facts)?;
    let advice = index_advice::for_filter(node, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: node.table()?,
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {advice}", found.says()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, fires_knowing, silent};
    use crate::facts::{Facts, Index, Relation};

    #[test]
    fn one_row_in_a_thousand() {
        let finding = fires(include_str!("../../fixtures/seq_scan_low_yield.json"), RULE, "orders");
        assert!(
            finding.advice.contains("create index concurrently on orders (customer_id)"),
            "{}",
            finding.advice
        );
        assert_eq!(finding.evidence.get("removed_rows").and_then(serde_json::Value::as_i64), Some(199_800));
    }

    #[test]
    fn rows_removed_are_summed_over_processes() {
        let finding = fires(include_str!("../../fixtures/seq_scan_parallel.json"), RULE, "orders");
        let removed = finding.evidence.get("removed_rows").and_then(serde_json::Value::as_f64);
        assert!(removed.is_some_and(|removed| (399_000.0..=400_000.0).contains(&removed)), "{removed:?}");
    }

    #[test]
    fn estimates_need_the_size_of_the_table() {
        let json = include_str!("../../fixtures/seq_scan_low_yield_estimated.json");
        silent(json, RULE);
        let orders = Relation {
            schema: "public".into(),
            name: "orders".into(),
            rows: Some(200_000.0),
            ..Relation::default()
        };
        let finding =
            fires_knowing(json, &Facts { relations: vec![orders], ..Facts::default() }, RULE, "orders");
        assert_eq!(finding.severity, crate::Severity::Medium);
        assert_eq!(finding.basis, crate::Basis::Estimated);
    }

    #[test]
    fn an_index_that_is_there_already_is_not_advised_again() {
        let index =
            Index { name: "orders_customer".into(), keys: vec!["customer_id".into()], ..Index::default() };
        let orders = Relation { name: "orders".into(), indexes: vec![index], ..Relation::default() };
        let facts = Facts { relations: vec![orders], ..Facts::default() };
        let finding =
            fires_knowing(include_str!("../../fixtures/seq_scan_low_yield.json"), &facts, RULE, "orders");
        assert!(
            finding.advice.contains("orders_customer has these columns but was not used"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn most_rows_kept_is_silent() {
        silent(include_str!("../../fixtures/healthy_seq_scan_most_rows.json"), RULE);
    }

    const RULE: &str = super::RULE.id;
}
