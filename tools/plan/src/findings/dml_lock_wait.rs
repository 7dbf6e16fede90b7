//! `dml_lock_wait`: a write takes long without doing anything: it waits for a row that another transaction holds.
//!
//! # When it fires
//!
//! An update, delete or `for update` takes 100 ms or more of its own, half of the execution or more, and more than a millisecond for each row and page.
//!
//! # What to do
//!
//! Find who holds the rows (`pg_blocking_pids`, `pg_stat_activity`), shorten that transaction, lock rows in one order, or `set lock_timeout`.
//!
//! # Traps
//!
//! A row trigger's time lies within such a node and is taken off. A slow disk at commit appears in no plan.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "dml_lock_wait",
    title: "Waiting for another transaction",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let figures = plan.figures(node);
    let triggers: f64 = plan.triggers.iter().map(|trigger| trigger.total_ms).sum();
    let own = figures.self_ms? - triggers;
    let rows = plan.input(node).filter(|_| node.is(&["ModifyTable", "LockRows"]))?.rows_out();
    let work = rows + figures.self_buffers.looked_at() as f64;
    if own < 100.0 || own < 0.5 * plan.run_ms()? || own < work {
        return None;
    }
    let scan = plan.subtree(node).find_map(Node::table)?;
    Some(Suspicion {
        saves: Saves { amount: own, ..Saves::own(node, plan) },
        evidence: Evidence::default().figure("waited_ms", own).figure("rows", rows),
        advice: format!(
            "{} pass without work: another transaction holds rows of {scan}; look at pg_blocking_pids, shorten that transaction, or set lock_timeout",
            milliseconds(own)
        ),
        object: scan,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn somebody_holds_the_row() {
        fires_in("dml_lock_wait", super::RULE.id, "accounts");
    }

    #[test]
    fn work_is_silent() {
        silent_in("lockrows_many", super::RULE.id);
        silent_in("on_conflict_mostly_conflicts", super::RULE.id);
        silent_in("update_all_rows", super::RULE.id);
    }
}
