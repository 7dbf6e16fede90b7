//! `temp_io`: rows that are kept for later did not fit into memory and went to disk.
//!
//! # When it fires
//!
//! A node other than Sort, Hash and Aggregate, which have findings of their own, writes 128 pages (1 MB) or more to temporary files: a CTE, a
//! Materialize, a window, a function in FROM.
//!
//! # What to do
//!
//! A CTE that is read once: `not materialized`, or write it as a subquery. Otherwise select only the columns that are needed, or raise `work_mem`
//! for this statement.
//!
//! # Traps
//!
//! A CTE that is read several times may be cheaper on disk than computed again.

use pgwright_contract::units::bytes;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "temp_io",
    title: "Rows are written to temporary files",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

const PAGE: f64 = 8192.0;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let pages = plan.figures(node).self_buffers.temp_written() as f64;
    let has_own = node.is(&["Sort", "Incremental Sort", "Hash", "Hash Join", "Aggregate"]);
    if has_own || pages < 128.0 {
        return None;
    }
    let what = match node.kind.as_str() {
        "CTE Scan" => "where the CTE is read once, write it as not materialized",
        _ => "select fewer columns or rows there",
    };
    let spilled = pages * PAGE;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("spilled_bytes", spilled).text("node", &node.kind),
        advice: format!(
            "{} of rows went to disk: {what}, or raise work_mem for this statement",
            bytes(spilled as u64)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_series_that_is_kept() {
        fires(include_str!("../../fixtures/temp_io.json"), super::RULE.id, "generate_series");
    }

    #[test]
    fn a_sort_has_its_own_finding() {
        silent(include_str!("../../fixtures/sort_spill.json"), super::RULE.id);
    }
}
