//! `partition_no_pruning`: a query reads all partitions although only some hold what it asks for.
//!
//! # When it fires
//!
//! Four partitions or more are all read with a filter, none was pruned, and half of them or more gave no row. Without a measured plan: the filter
//! names a function of a column.
//!
//! # What to do
//!
//! Compare the partition key itself: `created_at >= '2024-03-01' and created_at < '2024-04-01'` prunes, `date_trunc('month', created_at) = …` or
//! `created_at::date = …` does not. Where the key is not in the condition at all, add it.
//!
//! # Traps
//!
//! Pruning while the statement runs (parameters, joins) shows as partitions that never ran, and is as good.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, partition};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan, Role};

pub(super) const RULE: Rule = Rule {
    id: "partition_no_pruning",
    title: "Every partition is read",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    if !node.is(&["Append", "Merge Append"]) || node.number("Subplans Removed").unwrap_or(0.0) > 0.0 {
        return None;
    }
    let members: Vec<&Node> = plan.children(node).filter(|child| child.role == Role::Member).collect();
    let of_one_table = members.first().and_then(|first| partition::parent(first, plan))?;
    let scans = members.iter().all(|member| member.relation().is_some() && member.ran());
    let filtered = members.iter().filter(|member| member.text("Filter").is_some()).count();
    let empty = members.iter().filter(|member| plan.figures(member).rows == Some(0.0)).count();
    let hidden = members.iter().filter_map(|member| member.filter()).any(|filter| hides_its_column(&filter));
    let wasteful = if plan.analyzed() { 2 * empty >= members.len() } else { hidden };
    if members.len() < 4 || !scans || filtered < members.len() || !wasteful {
        return None;
    }
    let filter = members.first().and_then(|first| first.text("Filter")).unwrap_or_default();
    let own = members
        .iter()
        .skip(1)
        .fold(Saves::own(members[0], plan), |sum, member| sum.plus(Saves::own(member, plan)));
    let useless = if plan.analyzed() { empty as f64 / members.len() as f64 } else { 0.5 };
    Some(Suspicion {
        saves: own.times(useless),
        object: of_one_table.to_owned(),
        evidence: Evidence::default()
            .figure("partitions", members.len() as f64)
            .some("empty_partitions", plan.analyzed().then_some(empty as f64))
            .text("filter", filter),
        advice: format!(
            "all {} partitions are read: compare the partition key itself with constants or parameters, not a function of it",
            count(members.len() as f64)
        ),
    })
}

/// A comparison of something made from a column.
fn hides_its_column(filter: &Expr) -> bool {
    filter.conjuncts().into_iter().filter_map(Expr::comparison).any(|comparison| {
        comparison.right.is_constant()
            && comparison.left.plain_column().is_none()
            && !comparison.left.columns().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_month_by_function() {
        fires(include_str!("../../fixtures/partition_no_pruning.json"), super::RULE.id, "events");
    }

    #[test]
    fn pruned_is_silent() {
        silent(include_str!("../../fixtures/healthy_pruned_partitions.json"), super::RULE.id);
    }
}
