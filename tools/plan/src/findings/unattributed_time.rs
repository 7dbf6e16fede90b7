//! `unattributed_time`: a good part of the execution lies in no node and no trigger.
//!
//! # When it fires
//!
//! 20 % of the execution or more, and 20 ms or more, is neither the root's nor that of triggers, compilation or serialization.
//!
//! # What to do
//!
//! `create table as` and `select into` write the result there; many partitions are opened and locked before the first row; large hashes and sorts are freed after the last. Compare with `select` alone, and prune partitions.
//!
//! # Traps
//!
//! The time to send rows to the client is never in it. Half a microsecond for each returned row is left out: so much passing it
//! on may cost.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "unattributed_time",
    title: "Time outside the plan",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

/// What handing on a row costs at most, where nobody takes it.
const ROW_MS: f64 = 0.0005;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let run_ms = plan.run_ms().filter(|_| node.parent.is_none())?;
    let triggers: f64 = plan.triggers.iter().map(|trigger| trigger.total_ms).sum();
    let compiled = plan.jit.as_ref().and_then(|jit| jit.total_ms).unwrap_or(0.0);
    // Machine code is freed after the plan has ended; that is for `jit_overhead`.
    if compiled >= 0.2 * run_ms {
        return None;
    }
    let serialized =
        plan.fields.get("Serialization").and_then(|said| said.get("Time")?.as_f64()).unwrap_or(0.0);
    let known =
        plan.figures(node).total_ms? + plan.arithmetic().afterwards_ms + triggers + compiled + serialized;
    // Each row that is returned passes the clocks of the plan and a receiver that drops it.
    let handed_on = ROW_MS * node.rows_out();
    let outside = run_ms - known - handed_on;
    if outside < 20.0 || outside < 0.2 * run_ms {
        return None;
    }
    Some(Suspicion {
        saves: Saves { amount: outside, at_most: super::finding::Severity::Medium },
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("outside_ms", outside).figure("execution_ms", run_ms),
        advice: format!(
            "{} of {} lie outside the plan: starting and ending it (many partitions, locks), or writing its result (create table as)",
            milliseconds(outside),
            milliseconds(run_ms)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_table_made_of_the_result() {
        fires_in("unattributed_time", super::RULE.id, "orders");
    }

    #[test]
    fn after_triggers_are_known() {
        silent_in("fk_trigger_insert", super::RULE.id);
        silent_in("sums_update_cte", super::RULE.id);
        silent_in("trigger_time", super::RULE.id);
    }
}
