//! `wide_row_select`: tens of thousands of wide rows go to the client.
//!
//! # When it fires
//!
//! The statement gives 10,000 rows or more of 1,000 bytes or more each.
//!
//! # What to do
//!
//! Name the columns that are needed instead of `*`, page the result, or compute in the database what is made from the rows.
//!
//! # Traps
//!
//! An export wants all of it: `copy (select …) to stdout` is the quickest way to send it.

use pgwright_contract::units::{bytes, count};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "wide_row_select",
    title: "Wide rows in large numbers",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let (width, expected) = (node.estimate.width_bytes, node.estimate.rows);
    let rows = plan.figures(node).rows.unwrap_or(expected);
    if node.id != 0 || width < 1_000.0 || rows < 10_000.0 {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).at_most(super::Severity::Low),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("rows", rows).figure("row_bytes", width),
        advice: format!(
            "{} rows of {} each: name the columns that are needed, or page the result",
            count(rows),
            bytes(width as u64)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn documents_by_the_thousand() {
        fires(include_str!("../../fixtures/wide_row_select.json"), super::RULE.id, "documents");
    }

    #[test]
    fn narrow_rows_are_silent() {
        silent(include_str!("../../fixtures/sort_spill.json"), super::RULE.id);
    }
}
