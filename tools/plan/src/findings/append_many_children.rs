//! `append_many_children`: a plan reads a hundred partitions or more.
//!
//! # When it fires
//!
//! An Append with 100 members or more, none pruned.
//!
//! # What to do
//!
//! Name the partition key in the condition, so that partitions are pruned; make partitions larger (months instead of days). Each of them is locked, opened and planned, even where it is empty.
//!
//! # Traps
//!
//! A report over all of them reads all of them: fewer, larger partitions still plan faster.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, partition};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "append_many_children",
    title: "Hundreds of partitions in one plan",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

use super::finding::Severity;
use crate::model::Role;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    if !node.is(&["Append", "Merge Append"]) {
        return None;
    }
    let members: Vec<&Node> =
        plan.children(node).filter(|child| child.role == Role::Member && child.ran()).collect();
    if members.len() < 100 {
        return None;
    }
    let planning = Saves { amount: plan.planning_ms.unwrap_or(0.0), at_most: Severity::Low };
    let scan = plan.subtree(members[0]).find(|below| below.relation().is_some())?;
    let object = partition::parent(scan, plan).map(str::to_owned).or_else(|| scan.table())?;
    Some(Suspicion {
        saves: planning.plus(if plan.timed() {
            Saves::own(node, plan)
        } else {
            Saves::own(node, plan).times(0.0)
        }),
        evidence: Evidence::default().figure("members", members.len() as f64),
        advice: format!(
            "{} partitions are read: name the partition key in the condition, or make fewer, larger partitions",
            count(members.len() as f64)
        ),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_partition_a_day() {
        fires_in("append_many_children", super::RULE.id, "events");
    }

    #[test]
    fn a_few_are_silent() {
        silent_in("partition_no_pruning", super::RULE.id);
        silent_in("shape_append_order", super::RULE.id);
    }
}
