//! `row_overestimate`: a hundredth or less of the expected rows came.
//!
//! Too high an estimate makes the planner read whole tables, hash and sort where an index would have done, and ask for
//! parallel workers.
//!
//! # When it fires
//!
//! At the deepest node whose own inputs were estimated well, from 100 expected rows and a hundredfold error on.
//!
//! # What to do
//!
//! `analyze` the table. If it stays, raise the statistics target of the column, or `create statistics` on columns that
//! are filtered together.
//!
//! # Traps
//!
//! Silent where something above stops early, since the node never got to return its rows: a Limit, a merge join, a
//! semi-join, an empty hash, a sub-plan, a window with a run condition. PostgreSQL up to 17 rounds the rows of a loop
//! to a whole number: the most that may have come counts. Silent on groups where nothing above was
//! chosen by their number. What passes a `having`, finds a partner or equals a subquery's result no statistics tell.

use super::finding::Suspicion;
use super::{Needs, Rule, misestimate, origin, remedy};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "row_overestimate",
    title: "Far fewer rows than expected",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let miss = misestimate::at_fault(node, plan).filter(|miss| !miss.under)?;
    Some(Suspicion {
        saves: misestimate::saves(node, plan, &miss),
        object: node.table().unwrap_or_else(|| origin::tables(plan, node)),
        evidence: misestimate::evidence(&miss),
        advice: remedy::advice(node, plan, facts, &miss),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn columns_that_exclude_each_other() {
        fires(include_str!("../../fixtures/row_overestimate.json"), super::RULE.id, "places");
    }

    #[test]
    fn a_limit_stops_its_input() {
        silent(include_str!("../../fixtures/healthy_limit_by_index.json"), super::RULE.id);
        silent(include_str!("../../fixtures/healthy_limit_seq_scan.json"), super::RULE.id);
    }

    #[test]
    fn an_empty_hash_stops_its_outer_side() {
        silent(include_str!("../../fixtures/healthy_empty_hash.json"), super::RULE.id);
    }

    #[test]
    fn a_semi_join_stops_its_inner_side() {
        silent(include_str!("../../fixtures/healthy_exists.json"), super::RULE.id);
    }
}
