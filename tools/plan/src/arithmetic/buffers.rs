//! Blocks that a node looked at itself. Totals already hold all loops and workers, so they are never multiplied.

use super::Figures;
use super::charges::Charges;
use crate::model::{Counter, Plan};

pub(super) fn own(plan: &Plan, charges: &Charges, figures: &mut [Figures]) {
    for (counter, _) in Counter::ALL {
        let counter = counter as usize;
        let totals: Vec<f64> = plan.nodes.iter().map(|node| node.buffers.0[counter] as f64).collect();
        if totals.iter().all(|total| *total == 0.0) {
            continue;
        }
        let mut own: Vec<i64> = charges.own(&totals).0.into_iter().map(|blocks| blocks as i64).collect();
        settle(plan, &mut own);
        for (figures, blocks) in figures.iter_mut().zip(own) {
            figures.self_buffers.0[counter] = blocks;
        }
    }
}

/// Workers' blocks join the totals only where their Gather shuts down, which may be above the node that pays for
/// them: a deficit is taken from the nearest ancestors with a surplus. Where they have none, a block was counted twice
/// below (PostgreSQL does that at times with sub-plans), and the nodes below give.
fn settle(plan: &Plan, own: &mut [i64]) {
    for node in plan.nodes.iter().rev() {
        let mut deficit = -own[node.id].min(0);
        own[node.id] += deficit;
        let mut givers = plan.ancestors(node).chain(plan.subtree(node).skip(1));
        while let Some(giver) = givers.next().filter(|_| deficit > 0) {
            let taken = own[giver.id].clamp(0, deficit);
            own[giver.id] -= taken;
            deficit -= taken;
        }
    }
}
