//! `lockrows_many`: FOR UPDATE or FOR SHARE locks thousands of rows.
//!
//! # When it fires
//!
//! A LockRows node locks 10,000 rows or more. Each lock is a write of its row's page.
//!
//! # What to do
//!
//! Lock only what will be changed: a narrower condition, `limit` with `skip locked` for a queue, or one advisory lock for the whole job.
//!
//! # Traps
//!
//! A batch job that owns the table at night may lock it whole: `lock table … in share row exclusive mode` is one lock.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "lockrows_many",
    title: "Very many rows are locked",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let rows = plan.figures(node).rows.filter(|_| node.kind == "LockRows")?;
    if rows < 10_000.0 {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("locked_rows", rows),
        advice: format!(
            "locks {} rows, each a write: narrow the condition, or take limit … for update skip locked",
            count(rows)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_whole_table_for_update() {
        fires(include_str!("../../fixtures/lockrows_many.json"), super::RULE.id, "orders");
    }

    #[test]
    fn some_rows_are_silent() {
        silent(include_str!("../../fixtures/shape_locked.json"), super::RULE.id);
    }
}
