//! `disabled_path_used`: the planner had to use a kind of plan that a setting switches off.
//!
//! # When it fires
//!
//! From PostgreSQL 18 on the plan says `Disabled`; before, the node costs 10,000,000,000 more than what stands below it.
//!
//! # What to do
//!
//! Look which `enable_…` setting is off and why: here there is no other way, so it only spoils the estimates of everything above. Reset it, or give
//! the planner another way (an index, an equality to hash by).
//!
//! # Traps
//!
//! Somebody may have switched it off for this session on purpose, to see another plan.

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "disabled_path_used",
    title: "A switched-off plan was the only one",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

/// What PostgreSQL 17 and older add to the cost of what is switched off.
const PENALTY: f64 = 1e10;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let below: f64 = plan.children(node).map(|child| child.estimate.total_cost).fold(0.0, f64::max);
    let is_disabled = node.flag("Disabled") || node.estimate.total_cost - below >= PENALTY;
    if !is_disabled {
        return None;
    }
    let setting = setting(node);
    let off = setting.map_or_else(|| "an enable_… setting".to_owned(), |name| format!("{name} = off"));
    Some(Suspicion {
        saves: Saves::own(node, plan).at_most(super::Severity::Info),
        object: setting.unwrap_or("enable_…").to_owned(),
        evidence: Evidence::default().text("node", &node.kind),
        advice: format!(
            "{} was used although {off}, for want of another way: reset the setting, or give it one",
            node.kind
        ),
    })
}

/// The setting that switches such a node off.
fn setting(node: &Node) -> Option<&'static str> {
    Some(match node.kind.as_str() {
        "Seq Scan" => "enable_seqscan",
        "Index Scan" => "enable_indexscan",
        "Index Only Scan" => "enable_indexonlyscan",
        "Bitmap Heap Scan" => "enable_bitmapscan",
        "Tid Scan" => "enable_tidscan",
        "Sort" => "enable_sort",
        "Nested Loop" => "enable_nestloop",
        "Hash Join" => "enable_hashjoin",
        "Merge Join" => "enable_mergejoin",
        "Aggregate" => "enable_hashagg",
        "Materialize" => "enable_material",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn no_index_to_use_instead() {
        fires(include_str!("../../fixtures/disabled_path_used.json"), super::RULE.id, "enable_seqscan");
    }

    #[test]
    fn another_way_is_silent() {
        silent(include_str!("../../fixtures/shape_merge_join.json"), super::RULE.id);
    }
}
