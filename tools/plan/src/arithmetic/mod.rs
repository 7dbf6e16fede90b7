//! What follows from a plan's figures: processes, totals, own time, own blocks, own cost.
//!
//! PostgreSQL prints averages per loop and process, with children included. Here every node gets the totals of the
//! statement: T = time · loops ÷ processes, and what is its own: T − Σ of what is charged to it. Each node but the
//! root is charged exactly once, so the own figures of all nodes sum to the root's (and to what CTEs that write did after
//! the root had ended).

mod buffers;
mod charges;
pub(crate) mod cost;
mod participants;
mod rows;

use crate::model::{Buffers, Plan};
use charges::Charges;

/// What follows for one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Processes that ran the node side by side; 1 outside Gather.
    pub participants: f64,
    /// What the planner divided the node's expected rows by, because processes share them; 1 where they do not.
    pub divisor: f64,
    /// Milliseconds of wall clock with everything below; absent without times, 0 if it never ran.
    pub total_ms: Option<f64>,
    /// Milliseconds of its own, just-in-time compilation taken off; never negative.
    pub self_ms: Option<f64>,
    /// How far `self_ms` may be off because PostgreSQL rounds to microseconds a loop.
    pub rounding_ms: f64,
    /// Milliseconds of its own before clamping; the sum over the plan is the root's total.
    pub(crate) exact_self_ms: Option<f64>,
    /// Rows that came out over all loops and processes; absent without ANALYZE.
    pub rows: Option<f64>,
    /// How far `rows` may be off because PostgreSQL prints rounded averages of a loop; 0 where they are exact.
    pub rows_error: f64,
    /// Blocks of its own.
    pub self_buffers: Buffers,
    /// Cost units over all executions that the planner expected, children included.
    pub cost: f64,
    /// Cost units of its own; the sum over the plan is the root's cost.
    pub self_cost: f64,
}

impl Figures {
    /// Whether rounding may make up more than a tenth of the node's own time.
    pub fn is_rough(&self) -> bool {
        self.self_ms.is_some_and(|own| self.rounding_ms > (own * 0.1).max(0.01))
    }
}

/// What follows for a whole plan.
#[derive(Clone, Debug, Default)]
pub struct Arithmetic {
    /// One entry a node, in plan order.
    pub nodes: Vec<Figures>,
    /// Milliseconds that CTEs which write took after the root had ended: in the execution, not in the root's total.
    pub afterwards_ms: f64,
    /// Wall-clock milliseconds of just-in-time compilation, and the node they were taken off.
    pub jit: Option<(f64, Option<usize>)>,
}

impl Arithmetic {
    pub(crate) fn of(plan: &Plan) -> Self {
        let (participants, divisors) = (participants::of(plan), participants::divisors(plan));
        let mut figures: Vec<Figures> = plan
            .nodes
            .iter()
            .zip(participants.iter().zip(divisors))
            .map(|(node, (participants, divisor))| Figures {
                participants: *participants,
                divisor,
                total_ms: node
                    .actual
                    .as_ref()
                    .and_then(|actual| Some(actual.total_ms? * actual.loops / participants)),
                ..Figures::default()
            })
            .collect();
        rows::count(plan, &mut figures);
        let charges = Charges::of(plan, &figures);
        let afterwards_ms = own_time(plan, &charges, &mut figures);
        buffers::own(plan, &charges, &mut figures);
        cost::own(plan, &mut figures);
        let jit = take_off_jit(plan, &mut figures);
        Self { nodes: figures, afterwards_ms, jit }
    }
}

/// Gives each node its own time, and returns what was spent after the root had ended.
fn own_time(plan: &Plan, charges: &Charges, figures: &mut [Figures]) -> f64 {
    if !plan.timed() {
        return 0.0;
    }
    let totals: Vec<f64> = figures.iter().map(|figures| figures.total_ms.unwrap_or(0.0)).collect();
    let (own, afterwards) = charges.own(&totals);
    let runs: Vec<f64> =
        plan.nodes.iter().zip(&*figures).map(|(node, figures)| node.loops() / figures.participants).collect();
    let mut rounded = runs.clone();
    for node in plan.nodes.iter().skip(1) {
        for payer in charges.payers(node.id) {
            rounded[payer] += runs[node.id];
        }
    }
    for (id, figures) in figures.iter_mut().enumerate() {
        figures.rounding_ms = 0.0005 * rounded[id] + 0.002;
        figures.exact_self_ms = Some(own[id]);
        figures.self_ms = Some(own[id].max(0.0));
    }
    afterwards
}

/// Compilation happens inside whichever node first evaluates an expression: the largest one that can hold it pays.
fn take_off_jit(plan: &Plan, figures: &mut [Figures]) -> Option<(f64, Option<usize>)> {
    // PostgreSQL sums the time of the leader and of all workers; side by side they cost the average.
    let processes = figures.iter().map(|figures| figures.participants).fold(1.0, f64::max);
    let wall = plan.jit.as_ref()?.total_ms? / processes;
    let own = |figures: &Figures| figures.self_ms.unwrap_or(0.0);
    let (payer, largest) = figures.iter().map(own).enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if largest < wall {
        return Some((wall, None));
    }
    figures[payer].self_ms = Some(largest - wall);
    Some((wall, Some(payer)))
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
