//! `foreign_no_pushdown`: a foreign table sends rows over the network that a filter then discards.
//!
//! # When it fires
//!
//! A Foreign Scan whose local filter removes 90 % or more of 1,000 rows or more.
//!
//! # What to do
//!
//! Write the condition so that the other server can judge it: built-in, immutable functions and operators of built-in types, no session time (`now()` as a value instead). For functions of extensions: `alter server … options (extensions '…')`. `use_remote_estimate` helps the planner.
//!
//! # Traps
//!
//! A file behind `file_fdw` is always read whole: copy it into a table.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "foreign_no_pushdown",
    title: "Rows of another server are thrown away here",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let kept = plan.figures(node).rows.filter(|_| node.kind == "Foreign Scan")?;
    let removed = node.rows_removed("Filter");
    let seen = kept + removed;
    if seen < 1_000.0 || removed < 0.9 * seen {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).times(removed / seen),
        object: node.table()?,
        evidence: Evidence::default()
            .figure("kept_rows", kept)
            .figure("removed_rows", removed)
            .text("filter", node.text("Filter")?),
        advice: format!(
            "keeps {} of {} rows that the other server sent: write the filter with built-in immutable functions, so that it is applied there",
            count(kept),
            count(seen)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_condition_that_stays_here() {
        fires_in("foreign_no_pushdown", super::RULE.id, "remote_orders");
    }

    #[test]
    fn local_tables_are_silent() {
        silent_in("seq_scan_low_yield", super::RULE.id);
    }
}
