//! `on_conflict_mostly_conflicts`: an `insert … on conflict` meets rows that exist, most of the time.
//!
//! # When it fires
//!
//! At least 1,000 conflicting rows, and as many as were inserted or more.
//!
//! # What to do
//!
//! With `do nothing`: leave out what is there before inserting, `where not exists (select from target …)`. With `do update`: write only rows that
//! differ, `do update set … where target.* is distinct from excluded.*`, since each conflict writes a new row version.
//!
//! # Traps
//!
//! Two sessions may insert the same key at once, so keep the `on conflict` as well. An upsert that is meant to update is right as it is where
//! the rows do differ.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "on_conflict_mostly_conflicts",
    title: "Most rows of an upsert are there already",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let conflicts = node.number("Conflicting Tuples").filter(|_| node.kind == "ModifyTable")?;
    let inserted = node.number("Tuples Inserted").unwrap_or(0.0);
    if conflicts < 1_000.0 || conflicts < inserted {
        return None;
    }
    let what = match node.text("Conflict Resolution") {
        Some("UPDATE") => "update only rows that differ (where … is distinct from excluded …)",
        _ => "leave them out before inserting (where not exists)",
    };
    Some(Suspicion {
        saves: Saves::own(node, plan).times(conflicts / (conflicts + inserted)),
        object: node.table()?,
        evidence: Evidence::default().figure("conflicting_rows", conflicts).figure("inserted_rows", inserted),
        advice: format!(
            "{} of {} rows are there already: {what}",
            count(conflicts),
            count(conflicts + inserted)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn the_same_rows_again() {
        let found =
            fires(include_str!("../../fixtures/on_conflict_mostly_conflicts.json"), super::RULE.id, "orders");
        assert!(found.advice.contains("where not exists"), "{}", found.advice);
    }

    #[test]
    fn few_conflicts_are_silent() {
        silent(include_str!("../../fixtures/shape_insert_conflict.json"), super::RULE.id);
    }
}
