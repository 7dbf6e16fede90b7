//! `parallel_skew`: workers wait for one of them that has much more to do.
//!
//! # When it fires
//!
//! Three processes or more below a Gather, the slowest of which takes more than twice the average, by 30 ms or more. Needs a plan with `verbose`.
//!
//! # What to do
//!
//! Look at what that process did: one partition much larger than the others, a function that takes long for some rows, a key that most rows share. Smaller partitions or a parallel scan within
//! them spread it.
//!
//! # Traps
//!
//! A single slow run may be the machine's doing: measure again. Without `verbose` a plan does not say what each worker did.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "parallel_skew",
    title: "One process does most of the work",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

/// Workers start one after the other: a process may be ahead by less than this for no fault of the data.
const HEAVIER_MS: f64 = 30.0;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let below = plan.input(node).filter(|_| node.gathers())?;
    let actual = below.actual.as_ref()?;
    let workers: Vec<(f64, f64)> = below
        .workers()
        .filter_map(|worker| {
            let figure = |key: &str| worker.get(key).and_then(serde_json::Value::as_f64);
            let loops = figure("Actual Loops")?;
            Some((figure("Actual Total Time")? * loops, loops))
        })
        .collect();
    let leader_loops = actual.loops - workers.iter().map(|(_, loops)| loops).sum::<f64>();
    let leader = actual.total_ms? * actual.loops - workers.iter().map(|(ms, _)| ms).sum::<f64>();
    let mut times: Vec<f64> = workers.into_iter().map(|(ms, _)| ms).collect();
    times.extend(Some(leader.max(0.0)).filter(|_| leader_loops > 0.0));
    let slowest = times.iter().copied().fold(0.0, f64::max);
    let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
    if times.len() < 3 || slowest - mean < HEAVIER_MS || slowest <= 2.0 * mean {
        return None;
    }
    Some(Suspicion {
        saves: Saves { amount: slowest - mean, ..Saves::whole(node, plan) },
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("processes", times.len() as f64)
            .figure("slowest_ms", slowest)
            .figure("mean_ms", mean),
        advice: format!(
            "one of {} processes takes {}, on average they take {}: look for rows or partitions that are heavier than others",
            times.len(),
            milliseconds(slowest),
            milliseconds(mean)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn one_row_takes_all_the_time() {
        fires_in("parallel_skew", super::RULE.id, "public.orders");
    }

    #[test]
    fn even_work_is_silent() {
        silent_in("shape_parallel_verbose", super::RULE.id);
        silent_in("seq_scan_parallel", super::RULE.id);
    }
}
