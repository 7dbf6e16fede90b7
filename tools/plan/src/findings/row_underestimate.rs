//! `row_underestimate`: ten times more rows came than the planner expected.
//!
//! Too low an estimate is the root of most plans that explode: nested loops over what should have been one row, sorts
//! and hashes that do not fit into memory. It is worth mending where such a node sits above.
//!
//! # When it fires
//!
//! At the deepest node whose own inputs were estimated well, from 100 rows and a tenfold error on. What it could save
//! is the time of the nested loops and spills above it; where there are none, it is low.
//!
//! # What to do
//!
//! `analyze` the table. If it stays, raise the statistics target of the column, or `create statistics` on columns that
//! depend on each other (city and postcode), of kind `ndistinct` for groups.
//!
//! # Traps
//!
//! PostgreSQL up to 17 rounds the rows of a loop to a whole number, so the least that may have come counts. Silent on
//! nodes that have no estimate of their own (functions, CTEs, hashes) and on the rescanned side of a merge join.

use super::finding::Suspicion;
use super::{Needs, Rule, misestimate, origin, remedy};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "row_underestimate",
    title: "Many more rows than expected",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let miss = misestimate::at_fault(node, plan).filter(|miss| miss.under)?;
    Some(Suspicion {
        saves: misestimate::saves(node, plan, &miss),
        object: node.table().unwrap_or_else(|| origin::tables(plan, node)),
        evidence: misestimate::evidence(&miss),
        advice: remedy::advice(node, plan, facts, &miss),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires, silent};

    const JSON: &str = include_str!("../../fixtures/row_underestimate.json");

    #[test]
    fn columns_that_depend_on_each_other() {
        let finding = fires(JSON, super::RULE.id, "places");
        assert!(
            finding
                .advice
                .contains("create statistics places_city_zip_country on city, zip, country from places"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn only_the_deepest_node_is_named() {
        let found = findings(JSON, &crate::Facts::default());
        assert_eq!(found.iter().filter(|finding| finding.id == super::RULE.id).count(), 1);
    }

    #[test]
    fn partial_nodes_are_compared_over_all_processes() {
        silent(include_str!("../../fixtures/seq_scan_parallel.json"), super::RULE.id);
        silent(include_str!("../../fixtures/workers_not_launched.json"), super::RULE.id);
    }
}
