//! The planner's cost by node, in units of the whole statement.
//!
//! `Total Cost` is the cost of one complete execution. A child of a nested loop runs once a row of the outer side, a
//! child of a Limit only in part: each child gets its price times its executions, and never more than its parent has
//! left, so that the own costs of all nodes sum to the root's.

use super::Figures;
use crate::condition::Expr;
use crate::model::{Node, Plan, Role};

pub(super) fn own(plan: &Plan, figures: &mut [Figures]) {
    figures[0].cost = plan.root().estimate.total_cost;
    for node in &plan.nodes {
        let cost = figures[node.id].cost;
        let scale = if node.estimate.total_cost > 0.0 { cost / node.estimate.total_cost } else { 0.0 };
        let mut left = cost;
        let mut pay = |child: &Node, executions: f64| {
            let share = (child.estimate.total_cost * executions * scale).min(left);
            left -= share;
            figures[child.id].cost = share;
        };
        // Sub-plans last: how often they run is the least certain.
        for child in plan.children(node).filter(|child| child.role != Role::SubPlan) {
            pay(child, executions(plan, node, child));
        }
        for child in plan.children(node).filter(|child| child.role == Role::SubPlan) {
            pay(child, sub_plan_executions(plan, node, child));
        }
        figures[node.id].self_cost = left.max(0.0);
    }
}

fn executions(plan: &Plan, node: &Node, child: &Node) -> f64 {
    if node.kind == "Nested Loop" && child.role == Role::Inner {
        plan.input(node).map_or(1.0, |outer| outer.estimate.rows.max(1.0))
    } else {
        1.0
    }
}

/// How often the planner expects a sub-plan to run: once for each row that its owner returns, or that it looks at where
/// the sub-plan is a part of its filter.
///
/// How many rows a filter looks at is not printed. But they make up the owner's cost: what it has beside its inputs and
/// its other sub-plans is spent on running those of the filter.
pub(crate) fn sub_plan_executions(plan: &Plan, owner: &Node, sub_plan: &Node) -> f64 {
    if is_hashed(owner, sub_plan) {
        return 1.0;
    }
    let returned = owner.estimate.rows.max(1.0);
    if !filters(owner, sub_plan) {
        return returned;
    }
    let (mut spent, mut once) = (0.0, 0.0);
    for child in plan.children(owner) {
        let cost = child.estimate.total_cost;
        match child.role {
            Role::SubPlan if is_hashed(owner, child) => spent += cost,
            Role::SubPlan if filters(owner, child) => once += cost,
            Role::SubPlan => spent += cost * returned,
            _ => spent += cost * executions(plan, owner, child),
        }
    }
    let left = owner.estimate.total_cost - spent;
    if once > 0.0 { (left / once).floor().max(returned) } else { returned }
}

/// Whether the owner runs the sub-plan to decide which rows it keeps.
fn filters(owner: &Node, sub_plan: &Node) -> bool {
    let Some(number) = number(sub_plan) else { return false };
    ["Filter", "Join Filter"]
        .into_iter()
        .filter_map(|key| owner.text(key))
        .any(|text| text.contains("SubPlan") && Expr::read(text).mentions_sub_plan(number))
}

fn number(sub_plan: &Node) -> Option<u32> {
    sub_plan.text("Subplan Name")?.split(' ').nth(1)?.parse().ok()
}

/// Whether a sub-plan is run once into a hash table, as its owner's conditions say.
pub(crate) fn is_hashed(owner: &Node, sub_plan: &Node) -> bool {
    let number = number(sub_plan);
    owner.expressions().any(|(_, text)| {
        text.contains("hashed SubPlan")
            && Expr::read(text)
                .parts()
                .iter()
                .any(|part| matches!(part, Expr::SubPlan { number: n, hashed: true } if Some(*n) == number))
    })
}
