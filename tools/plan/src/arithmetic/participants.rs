//! How many processes ran each node side by side.

use crate::model::{Node, Plan, Role};

pub(super) fn of(plan: &Plan) -> Vec<f64> {
    let mut participants: Vec<f64> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        participants.push(match plan.parent(node) {
            None => 1.0,
            // Both run in the leader alone.
            Some(_) if node.role == Role::InitPlan => 1.0,
            Some(parent) if parent.gathers() && node.role != Role::SubPlan => processes(plan, parent),
            Some(parent) => participants[parent.id],
        });
    }
    participants
}

fn processes(plan: &Plan, gather: &Node) -> f64 {
    let launched = gather.number("Workers Launched").unwrap_or(0.0);
    let leader_off = plan.setting("parallel_leader_participation") == Some("off");
    if gather.flag("Single Copy") || (leader_off && launched > 0.0) {
        launched.max(1.0)
    } else {
        launched + 1.0
    }
}
