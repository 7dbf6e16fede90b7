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
            pay(child, if is_hashed(node, child) { 1.0 } else { node.estimate.rows.max(1.0) });
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

/// Whether a sub-plan is run once into a hash table, as its owner's conditions say.
pub(crate) fn is_hashed(owner: &Node, sub_plan: &Node) -> bool {
    let number = sub_plan
        .text("Subplan Name")
        .and_then(|name| name.split(' ').nth(1))
        .and_then(|word| word.parse::<u32>().ok());
    owner.expressions().any(|(_, text)| {
        text.contains("hashed SubPlan")
            && Expr::read(text)
                .parts()
                .iter()
                .any(|part| matches!(part, Expr::SubPlan { number: n, hashed: true } if Some(*n) == number))
    })
}
