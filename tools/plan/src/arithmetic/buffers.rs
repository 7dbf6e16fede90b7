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
/// them: a deficit is taken from the nearest ancestors with a surplus.
fn settle(plan: &Plan, own: &mut [i64]) {
    for node in plan.nodes.iter().rev() {
        let mut deficit = -own[node.id].min(0);
        if deficit == 0 {
            continue;
        }
        own[node.id] = 0;
        for above in plan.ancestors(node) {
            let taken = own[above.id].clamp(0, deficit);
            own[above.id] -= taken;
            deficit -= taken;
            if deficit == 0 {
                break;
            }
        }
    }
}
