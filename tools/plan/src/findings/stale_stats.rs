//! `stale_stats`: the planner was wrong about a table that changed since its statistics were taken.
//!
//! Row estimates come from a sample that `analyze` took. After a bulk load or a large delete they describe a table
//! that is no more.
//!
//! # When it fires
//!
//! A scan was misestimated (`row_underestimate`, `row_overestimate`) and the catalogue says that a tenth or more of
//! the table's rows changed since the last analyze.
//!
//! # What to do
//!
//! `analyze` the table, and make it part of the load that changes so much at once.
//!
//! # Traps
//!
//! Needs the catalogue: a plan alone does not say when statistics were taken. Autovacuum analyses by itself, but only
//! some time after the change, never a temporary table and never a partitioned parent.

use pgwright_contract::units::count;

use super::finding::Suspicion;
use super::{Needs, Rule, misestimate};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "stale_stats",
    title: "Statistics are older than the data",
    needs: Needs::Analyze,
    silences: &["ext_stats_missing", "row_overestimate", "row_underestimate"],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let table = facts.relation(node).filter(|table| table.analyzed != Some(false))?;
    let modified =
        table.modified_rows.filter(|modified| *modified >= 0.1 * table.rows.unwrap_or(0.0).max(1.0))?;
    let miss = misestimate::at_fault(node, plan)?;
    let name = node.table()?;
    Some(Suspicion {
        saves: misestimate::saves(node, plan, &miss),
        evidence: misestimate::evidence(&miss)
            .figure("modified_rows", modified)
            .some("table_rows", table.rows),
        advice: format!(
            "expected {}, got {} rows; {} rows changed since the last analyze: analyze {name}",
            count(miss.expected),
            count(miss.actual),
            count(modified)
        ),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{findings, fires_knowing, silent};
    use crate::facts::{Facts, Relation};

    const JSON: &str = include_str!("../../fixtures/stale_stats.json");

    fn modified(rows: f64) -> Facts {
        let events = Relation {
            schema: "public".into(),
            name: "events".into(),
            rows: Some(1_000.0),
            modified_rows: Some(rows),
            ..Relation::default()
        };
        Facts { relations: vec![events], ..Facts::default() }
    }

    #[test]
    fn a_table_that_grew() {
        let facts = modified(50_000.0);
        assert!(fires_knowing(JSON, &facts, super::RULE.id, "events").advice.ends_with("analyze events"));
        assert!(findings(JSON, &facts).iter().all(|finding| finding.id != "row_underestimate"));
    }

    #[test]
    fn fresh_statistics_are_not_blamed() {
        silent(JSON, super::RULE.id);
        assert!(findings(JSON, &modified(50.0)).iter().any(|finding| finding.id == "row_underestimate"));
    }
}
