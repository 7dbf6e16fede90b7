//! `stats_missing`: the planner guesses: no statistics of the table exist.
//!
//! # When it fires
//!
//! A scan of a table of ten pages or more of which no column has statistics and no analyze is known.
//!
//! # What to do
//!
//! `analyze` the table, and after every load into a new or temporary table: autovacuum comes later, and to temporary tables never.
//!
//! # Traps
//!
//! Needs the catalogue. A plan may be right all the same: unless the row count was wrong it is only information.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "stats_missing",
    title: "Table was never analysed",
    needs: Needs::Estimates,
    silences: &["row_overestimate", "row_underestimate", "ext_stats_missing"],
    check,
};

use super::finding::Severity;
use super::misestimate;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let scans = |node: &Node| node.kind.ends_with("Scan") && node.relation().is_some();
    let table = facts.relation(node).filter(|_| scans(node))?;
    let first = plan.nodes.iter().find(|other| scans(other) && other.relation() == node.relation())?;
    if table.analyzed != Some(false) || table.pages.is_none_or(|pages| pages < 10.0) || first.id != node.id {
        return None;
    }
    let name = node.table()?;
    let miss = misestimate::at_fault(node, plan);
    Some(Suspicion {
        saves: match &miss {
            Some(miss) => misestimate::saves(node, plan, miss),
            None => Saves::own(node, plan).at_most(Severity::Info),
        },
        evidence: miss.as_ref().map(misestimate::evidence).unwrap_or_default(),
        advice: format!("no statistics of {name} exist, its row counts are guesses: analyze {name}"),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_table_just_loaded() {
        let finding = fires_in("stats_missing", super::RULE.id, "staging");
        assert!(finding.advice.contains("analyze staging"), "{}", finding.advice);
    }

    #[test]
    fn an_analysed_table_is_silent() {
        silent_in("row_underestimate", super::RULE.id);
        silent_in("seq_scan_low_yield", super::RULE.id);
    }
}
