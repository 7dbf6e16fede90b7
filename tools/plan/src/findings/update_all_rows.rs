//! `update_all_rows`: an update or delete without a condition writes a large table anew.
//!
//! # When it fires
//!
//! An update or delete of 100,000 rows or more whose scan has neither filter nor join.
//!
//! # What to do
//!
//! If all are meant: in batches by key, each its own transaction, with a vacuum between; `where column is distinct from new_value` skips rows that are right already. To empty a table: `truncate`. To set a
//! column once: `alter table … add column … default`, which writes no row.
//!
//! # Traps
//!
//! A table that is filled anew each night is written whole, as it must be.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "update_all_rows",
    title: "Every row is written",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let operation = node.text("Operation").filter(|operation| matches!(*operation, "Update" | "Delete"))?;
    let source = plan.input(node).filter(|_| node.kind == "ModifyTable")?;
    let rows = plan.figures(source).rows.unwrap_or(source.estimate.rows);
    let whole = source.kind == "Seq Scan" && source.text("Filter").is_none();
    if !whole || rows < 100_000.0 {
        return None;
    }
    let name = node.table()?;
    let advice = match operation {
        "Delete" => format!("truncate {name} if it is to be emptied, or delete in batches by key"),
        _ => "skip rows that are right already (where … is distinct from …), and update in batches by key"
            .to_owned(),
    };
    Some(Suspicion {
        saves: Saves::whole(node, plan),
        object: name,
        evidence: Evidence::default().figure("rows", rows),
        advice: format!("{} rows are written without a condition: {advice}", count(rows)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn an_update_without_where() {
        let finding = fires_in("update_all_rows", super::RULE.id, "orders");
        assert!(finding.advice.contains("in batches by key"), "{}", finding.advice);
    }

    #[test]
    fn a_delete_that_is_only_planned() {
        let finding = fires_in("delete_all_estimated", super::RULE.id, "orders");
        assert!(finding.advice.contains("truncate orders"), "{}", finding.advice);
    }

    #[test]
    fn some_rows_are_silent() {
        silent_in("sums_update_cte", super::RULE.id);
        silent_in("trigger_time", super::RULE.id);
        silent_in("wal_fpi_heavy", super::RULE.id);
    }
}
