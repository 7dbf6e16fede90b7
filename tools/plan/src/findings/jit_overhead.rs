//! `jit_overhead`: compiling expressions takes a good part of the time.
//!
//! PostgreSQL compiles expressions when the estimated cost of a plan passes `jit_above_cost`. Where that cost was
//! overestimated, or the plan has very many expressions (partitions), the compiling takes longer than it saves.
//!
//! # When it fires
//!
//! At the root, from 20 % of the execution and 10 ms on.
//!
//! # What to do
//!
//! `set jit = off` for the statement or the role, or `jit_above_cost` above the cost of this plan. Where the cost
//! itself is far off, mend the estimate.
//!
//! # Traps
//!
//! PostgreSQL sums the time of all processes; side by side they cost the average, which is what is reported. The time
//! hides inside the first nodes that evaluate something: they look slow without doing much.

use pgwright_contract::units::{count, milliseconds};

use super::finding::{Evidence, Saves, Severity, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "jit_overhead",
    title: "Just-in-time compilation takes longer than it saves",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let (wall, _) = plan.arithmetic().jit.filter(|_| node.parent.is_none())?;
    if wall < 10.0_f64.max(0.2 * plan.run_ms()?) {
        return None;
    }
    let cost = plan.root().estimate.total_cost;
    Some(Suspicion {
        saves: Saves { amount: wall, at_most: Severity::High },
        object: "jit".to_owned(),
        evidence: Evidence::default()
            .figure("jit_ms", wall)
            .some("functions", plan.jit.as_ref().map(|jit| jit.functions))
            .figure("plan_cost", cost),
        advice: format!(
            "compiling takes {}: set jit = off for this statement, or jit_above_cost above its {}",
            milliseconds(wall),
            count(cost)
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::super::expect::{fires, silent};

    #[test]
    fn compiled_for_nothing() {
        fires(include_str!("../../fixtures/jit_overhead.json"), super::RULE.id, "jit");
    }

    #[test]
    fn the_figures_of_newer_versions_are_read() {
        let mut plan: Value = serde_json::from_str(include_str!("../../fixtures/jit_overhead.json")).unwrap();
        // From PostgreSQL 17 on it is an object.
        let generation = &mut plan[0]["JIT"]["Timing"]["Generation"];
        *generation = json!({"Deform": 0.1, "Total": generation.take()});
        fires(&plan.to_string(), super::RULE.id, "jit");
    }

    #[test]
    fn without_compilation_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
