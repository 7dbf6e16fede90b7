//! `cte_materialized_filter`: a CTE is computed as a whole, and its reader throws most of it away.
//!
//! A materialized CTE is a fence: conditions outside it do not reach the tables inside, so no index serves them and
//! every row is computed and stored first.
//!
//! # When it fires
//!
//! The filter of the only scan of a CTE removes 90 % or more of at least 10,000 rows.
//!
//! # What to do
//!
//! Write `with name as not materialized (…)`, or move the condition inside. Then an index on the filtered column can
//! serve it.
//!
//! # Traps
//!
//! Silent for CTEs that write, lock or recurse, and for those that are read more than once: computing them once may be
//! the point. A CTE with a volatile function is materialized whatever is written.

use pgwright_contract::units::count;
use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "cte_materialized_filter",
    title: "CTE is computed as a whole and then filtered",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let name = node.text("CTE Name").filter(|_| node.kind == "CTE Scan")?;
    let (kept, removed) = (node.rows_out(), node.rows_removed("Filter"));
    if removed < 0.9 * (kept + removed) || kept + removed < 10_000.0 {
        return None;
    }
    let readers = plan.nodes.iter().filter(|other| other.text("CTE Name") == Some(name)).count();
    let label = format!("CTE {name}");
    let cte = plan
        .nodes
        .iter()
        .find(|other| other.role == Role::InitPlan && other.text("Subplan Name") == Some(&label))?;
    let needed = plan.subtree(cte).any(|below| below.is(&["ModifyTable", "Recursive Union", "LockRows"]));
    if readers != 1 || needed {
        return None;
    }
    let filter = node.text("Filter")?;
    Some(Suspicion {
        saves: Saves::own(node, plan).plus(Saves::whole(cte, plan)),
        object: name.to_owned(),
        evidence: Evidence::default()
            .figure("kept_rows", kept)
            .figure("removed_rows", removed)
            .text("filter", filter),
        advice: format!(
            "keeps {} of {} computed rows: write with {} as not materialized (…), so that {filter} reaches its tables",
            count(kept),
            count(kept + removed),
            quote_identifier(name)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn filtered_after_the_fact() {
        fires(include_str!("../../fixtures/cte_materialized_filter.json"), super::RULE.id, "recent");
    }

    #[test]
    fn read_twice_is_silent() {
        silent(include_str!("../../fixtures/cte_read_twice.json"), super::RULE.id);
    }
}
