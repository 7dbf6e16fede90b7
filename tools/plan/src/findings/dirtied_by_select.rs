//! `dirtied_by_select`: a statement that only reads changes a thousand pages or more.
//!
//! # When it fires
//!
//! A scan dirties 1,000 pages or more in a plan that writes nothing.
//!
//! # What to do
//!
//! `vacuum` the table after a load: it sets the marks once that every first reader must otherwise set, row by row, and which are then written out (with `wal_log_hints` or checksums into the log as well).
//!
//! # Traps
//!
//! Information: the second run will not do it again.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule =
    Rule { id: "dirtied_by_select", title: "Reading writes", needs: Needs::Analyze, silences: &[], check };

use super::finding::Severity;
use crate::model::Counter;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let writes = plan.nodes.iter().any(|node| node.is(&["ModifyTable", "LockRows"]));
    let dirtied = plan.figures(node).self_buffers.get(Counter::SharedDirtied) as f64;
    let name = node.table().filter(|_| !writes && dirtied >= 1_000.0)?;
    Some(Suspicion {
        saves: Saves::own(node, plan).at_most(Severity::Info),
        evidence: Evidence::default().figure("dirtied_pages", dirtied),
        advice: format!(
            "reading changed {} pages (rows were marked as committed): vacuum {name} after loading it",
            count(dirtied)
        ),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn the_first_reader_after_a_load() {
        fires_in("dirtied_by_select", super::RULE.id, "orders");
    }

    #[test]
    fn a_vacuumed_table_is_silent() {
        silent_in("healthy_aggregate", super::RULE.id);
        silent_in("seq_scan_low_yield", super::RULE.id);
    }
}
