//! `index_only_heap_fetches`: an index-only scan still visits the table, because its pages are not marked all-visible.
//!
//! An index does not know which rows are visible. The scan may skip the table only for pages that the last vacuum
//! marked as visible to everybody; for all others it fetches the row after all.
//!
//! # When it fires
//!
//! From 1,000 such fetches on, if they are 10 % or more of the rows.
//!
//! # What to do
//!
//! `vacuum` the table, and let autovacuum come more often: a lower `autovacuum_vacuum_scale_factor` for tables with
//! updates, a lower `autovacuum_vacuum_insert_scale_factor` for those that only grow.
//!
//! # Traps
//!
//! A vacuum cannot mark pages that a long transaction, a replication slot or a prepared transaction still holds back.
//! On a table that is written all the time the fetches come back soon.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "index_only_heap_fetches",
    title: "Index-only scan visits the table",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let fetches = node.number("Heap Fetches").filter(|_| node.kind == "Index Only Scan")?;
    let rows = node.rows_out() + node.rows_removed("Filter");
    if fetches < 1_000.0_f64.max(0.1 * rows) {
        return None;
    }
    let table = node.table()?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        evidence: Evidence::default()
            .figure("heap_fetches", fetches)
            .figure("rows", rows)
            .text("index", node.index()?),
        advice: format!(
            "{} visits for {} rows: vacuum {table} (and let autovacuum run there more often)",
            count(fetches),
            count(rows)
        ),
        object: table,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn never_vacuumed() {
        assert!(
            fires(include_str!("../../fixtures/index_only_heap_fetches.json"), super::RULE.id, "orders")
                .advice
                .contains("vacuum orders")
        );
    }

    #[test]
    fn vacuumed_is_silent() {
        silent(include_str!("../../fixtures/healthy_index_only.json"), super::RULE.id);
    }
}
