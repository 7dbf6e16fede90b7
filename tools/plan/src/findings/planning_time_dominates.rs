//! `planning_time_dominates`: the planner works longer on the statement than the executor.
//!
//! # When it fires
//!
//! Planning takes longer than the execution, and 5 ms or more.
//!
//! # What to do
//!
//! Prepare the statement and run it often (a pooler must keep prepared statements), join fewer tables, or let a view not bring tables that
//! are not read. With many partitions, name the partition key in the condition so that most are never planned.
//!
//! # Traps
//!
//! The first planning in a session also fills its catalogue caches: repeat the statement before you believe the figure. Up
//! to four tables and 20 ms it is no more than worth knowing.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Severity, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "planning_time_dominates",
    title: "Planning takes longer than running",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

const FEW_TABLES: usize = 4;
const COLD_MS: f64 = 20.0;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let (planning, run) = (plan.planning_ms?, plan.run_ms()?);
    if node.id != 0 || planning < 5.0 || planning <= run {
        return None;
    }
    let tables = plan.nodes.iter().filter(|node| node.relation().is_some()).count();
    // The first statement of a session loads the catalogue, which takes a few tables this long.
    let cold = tables <= FEW_TABLES && planning < COLD_MS;
    let at_most = if cold { Severity::Info } else { Severity::High };
    Some(Suspicion {
        saves: Saves { amount: planning, at_most },
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("planning_ms", planning)
            .figure("execution_ms", run)
            .figure("scans", tables as f64),
        advice: format!(
            "planning took {}, running {}: repeat it once (the first time fills caches), then prepare it or join fewer tables",
            milliseconds(planning),
            milliseconds(run)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn many_joins_and_few_rows() {
        let json = include_str!("../../fixtures/planning_time_dominates.json");
        let found = super::super::expect::findings(json, &crate::Facts::default());
        assert!(found.iter().any(|finding| finding.id == super::RULE.id), "{found:#?}");
    }

    #[test]
    fn quick_planning_is_silent() {
        silent(include_str!("../../fixtures/healthy_index_scan.json"), super::RULE.id);
        let _ = fires;
    }
}
