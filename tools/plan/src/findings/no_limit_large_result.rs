//! `no_limit_large_result`: a statement gives 100,000 rows or more.
//!
//! # When it fires
//!
//! 100,000 rows or more at the root of a plan without a limit. Wide ones are for `wide_row_select`.
//!
//! # What to do
//!
//! Nobody reads so many: aggregate in the database, page by key, or take what is needed. For an export use `copy` or a cursor, so that the client need not hold all of it.
//!
//! # Traps
//!
//! Information: an export and a nightly job want all of it. The time to send rows is not in the plan (`serialize`, from PostgreSQL 17 on, measures a part).

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "no_limit_large_result",
    title: "A hundred thousand rows go out",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

use super::finding::Severity;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let rows = plan.figures(node).rows.unwrap_or(node.estimate.rows);
    let bounded = node.is(&["Limit", "ModifyTable"]) || node.estimate.width_bytes >= 1_000.0;
    if node.parent.is_some() || bounded || rows < 100_000.0 {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).at_most(Severity::Info),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("rows", rows),
        advice: format!(
            "{} rows go to the client: aggregate here, page by key, or copy them out if all are needed",
            count(rows)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_whole_table() {
        fires_in("no_limit_large_result", super::RULE.id, "orders");
    }

    #[test]
    fn a_page_of_it_is_silent() {
        silent_in("healthy_limit_by_index", super::RULE.id);
        silent_in("healthy_aggregate", super::RULE.id);
        silent_in("wide_row_select", super::RULE.id);
    }
}
