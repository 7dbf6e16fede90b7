//! `seq_scan_low_yield`: a sequential scan reads much and keeps little.
//!
//! Every page of the table is read and nearly every row dropped. An index on the filter's columns would find the few
//! directly.
//!
//! # When it fires
//!
//! The filter throws away 90 % or more of at least 10,000 rows, or of what 100 pages held. Rows are counted over all
//! loops and processes; PostgreSQL prints rounded averages, so it says "about" where no Gather above counted them, and is silent where rounding hides what was kept. Without a measured plan the catalogue's row count says how
//! many are read.
//!
//! # What to do
//!
//! Make the index that the advice names: columns compared for equality first, then one range. For each arm of an `or`
//! its own, which PostgreSQL combines; columns that every arm compares lead one index. What an array or a `jsonb` document contains is found by a GIN index, and
//! `'x' = any (tags)` has to be written `tags @> array['x']` for it. Of a partition the advice names the whole table, on
//! which no index is built concurrently.
//!
//! # Traps
//!
//! Silent on small tables, which are read as fast as an index on them, and where no index could serve the filter;
//! specific causes (`function_on_column`, `leading_wildcard_like`, …) take its place. If an index exists already but
//! was not used, the statistics or the cost settings are the cause.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, partition, yields};
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
    let advice = index_advice::for_filter(node, plan, facts)?;
    // Partitions want one index together: the first that is read so speaks for all.
    let alike: Vec<&Node> = partition::members(node, plan)
        .into_iter()
        .filter(|member| member.kind == node.kind && yields::low(member, plan, facts).is_some())
        .collect();
    let (first, others) = alike.split_first().filter(|(first, _)| first.id == node.id)?;
    let saves = others.iter().fold(Saves::own(first, plan), |sum, member| sum.plus(Saves::own(member, plan)));
    Some(Suspicion {
        saves,
        object: node.table()?,
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {advice}", found.says()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires, fires_knowing, silent};
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
    fn what_an_array_holds_has_its_own_rule() {
        silent(include_str!("../../fixtures/array_any.json"), RULE);
        silent(include_str!("../../fixtures/jsonb_contains.json"), RULE);
        silent(include_str!("../../fixtures/array_contains_many.json"), RULE);
    }

    #[test]
    fn rows_are_those_that_the_gather_saw() {
        let says = |json| fires(json, RULE, "orders").advice;
        assert!(
            says(include_str!("../../fixtures/seq_scan_parallel_one_row.json"))
                .starts_with("keeps 1 of 100k")
        );
        assert!(says(include_str!("../../fixtures/seq_scan_parallel.json")).starts_with("keeps 400 of 400k"));
        let counted = says(include_str!("../../fixtures/seq_scan_parallel_counted.json"));
        assert!(counted.starts_with("keeps about 3 of 100k"), "{counted}");
    }

    #[test]
    fn an_index_on_a_partition_belongs_to_the_whole_table() {
        let json = include_str!("../../fixtures/partition_scan.json");
        let finding = fires(json, RULE, "public.events_2023");
        let wanted = "create index on public.events (kind), since events_2023 is a partition of it";
        assert!(finding.advice.contains(wanted), "{}", finding.advice);
        assert!(finding.saves_ratio > 0.5, "it speaks for all three: {finding:#?}");
        let all = findings(json, &Facts::default());
        assert_eq!(all.iter().filter(|finding| finding.id == RULE).count(), 1, "{all:#?}");
        let finding = fires(include_str!("../../fixtures/union_all_scan.json"), RULE, "orders_old");
        let wanted = "create index concurrently on orders_old (customer_id)";
        assert!(finding.advice.ends_with(wanted), "{}", finding.advice);
    }

    #[test]
    fn most_rows_kept_is_silent() {
        silent(include_str!("../../fixtures/healthy_seq_scan_most_rows.json"), RULE);
    }

    const RULE: &str = super::RULE.id;
}
