//! `subquery_scan_filter`: rows of a subquery are thrown away after it was computed, because the filter could not be pushed into it.
//!
//! # When it fires
//!
//! A Subquery Scan throws away 90 % or more of at least 10,000 rows.
//!
//! # What to do
//!
//! Put the condition into the subquery. PostgreSQL does that by itself, unless the subquery has `limit`, `distinct on`, a window function over something
//! else than the filtered column, a set operation, or a volatile function in its list.
//!
//! # Traps
//!
//! A filter on the result of a window function (`where rank = 1`) cannot go below it; `distinct on` or a lateral join with `limit` can do the same with less.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "subquery_scan_filter",
    title: "Filter above a subquery",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let removed = node.rows_removed("Filter");
    let (kept, filter) = (node.rows_out(), node.text("Filter")?);
    if node.kind != "Subquery Scan" || removed + kept < 10_000.0 || removed < 0.9 * (removed + kept) {
        return None;
    }
    let object = node.alias().map_or_else(|| origin::tables(plan, node), str::to_owned);
    Some(Suspicion {
        saves: Saves::whole(node, plan).times(removed / (removed + kept)),
        evidence: Evidence::default()
            .figure("kept_rows", kept)
            .figure("removed_rows", removed)
            .text("filter", filter),
        advice: format!(
            "{} of {} rows of {object} are computed and thrown away: put the condition into the subquery",
            count(removed),
            count(removed + kept)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn below_a_window() {
        fires(include_str!("../../fixtures/subquery_scan_filter.json"), super::RULE.id, "ranked");
    }

    #[test]
    fn pushed_down_is_silent() {
        silent(include_str!("../../fixtures/healthy_window_run_condition.json"), super::RULE.id);
    }
}
