//! How many processes ran each node side by side, and how many the planner counted on.

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

/// What the planner divided the rows of a partial node by, which is one that leads to a parallel scan; 1 elsewhere.
pub(super) fn divisors(plan: &Plan) -> Vec<f64> {
    let mut partial = vec![false; plan.nodes.len()];
    for node in plan.nodes.iter().rev() {
        partial[node.id] |= node.flag("Parallel Aware");
        if let (Some(parent), true) = (node.parent, partial[node.id] && node.role.feeds() && !node.gathers())
        {
            partial[parent] = true;
        }
    }
    let mut workers: Vec<f64> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let planned = match plan.parent(node) {
            Some(parent) if parent.gathers() => parent.number("Workers Planned").unwrap_or(0.0),
            Some(parent) => workers[parent.id],
            None => 0.0,
        };
        workers.push(planned);
    }
    let divisor = |planned: f64| planned + (1.0 - 0.3 * planned).max(0.0);
    let partial = |id: usize| partial[id] && !plan.nodes[id].gathers();
    workers
        .iter()
        .enumerate()
        .map(|(id, planned)| if partial(id) && *planned > 0.0 { divisor(*planned) } else { 1.0 })
        .collect()
}
