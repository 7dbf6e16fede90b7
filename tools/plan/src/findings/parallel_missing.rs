//! `parallel_missing`: a large table is read by one process because a function in the statement is not marked safe for workers.
//!
//! # When it fires
//!
//! A Seq Scan of 1,024 pages or more in a plan without Gather, workers allowed, and a function of somebody's own in the plan or the statement that is not parallel safe.
//!
//! # What to do
//!
//! `alter function … parallel safe`, if it neither writes nor keeps state in the session nor uses temporary tables.
//!
//! # Traps
//!
//! Needs the catalogue. Functions are unsafe unless they say otherwise, so that most of them only lack the word. Statements that write or lock rows use no workers whatever they call.

use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "parallel_missing",
    title: "Function keeps the workers out",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

use super::finding::Severity;

/// `min_parallel_table_scan_size`, 8 MB.
const PAGES: f64 = 1_024.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let function =
        facts.functions.iter().find(|function| node.parent.is_none() && function.parallel_unsafe)?;
    let alone = plan.nodes.iter().all(|node| !node.gathers() && !node.is(&["ModifyTable", "LockRows"]));
    let allowed = facts.setting(plan, "max_parallel_workers_per_gather").is_none_or(|workers| workers != "0");
    let pages = |node: &Node| match facts.relation(node).and_then(|table| table.pages) {
        Some(pages) => pages,
        None => plan.figures(node).self_buffers.looked_at() as f64,
    };
    let scan = plan
        .nodes
        .iter()
        .filter(|node| alone && allowed && node.kind == "Seq Scan" && pages(node) >= PAGES)
        .max_by(|a, b| pages(a).total_cmp(&pages(b)))?;
    let name = quote_identifier(&function.name);
    Some(Suspicion {
        saves: Saves::own(scan, plan).times(0.5).at_most(Severity::Medium),
        evidence: Evidence::default().figure("pages", pages(scan)).text("table", &scan.table()?),
        advice: format!(
            "{name} is not parallel safe, so one process reads {}: alter function {name} parallel safe, if it neither writes nor keeps state",
            scan.table()?
        ),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_function_without_the_word() {
        let finding = fires_in("parallel_missing", super::RULE.id, "half");
        assert!(finding.advice.contains("alter function half parallel safe"), "{}", finding.advice);
    }

    #[test]
    fn without_the_catalogue_silent() {
        silent_in("seq_scan_low_yield", super::RULE.id);
        silent_in("seq_scan_parallel", super::RULE.id);
    }
}
