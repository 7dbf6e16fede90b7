//! `table_bloat_suspect`: a scan reads many more bytes than the rows that it sees can hold.
//!
//! # When it fires
//!
//! A Seq Scan that reads four times the width of its rows and more than 1 kB for each of them, over 100 pages or more. The width is that of all columns by their
//! statistics.
//!
//! # What to do
//!
//! `vacuum` keeps it from growing on; `vacuum full`, which locks the table, or pg_repack, which does not, give the space back. Then look why autovacuum did not keep up: a long transaction,
//! a replication slot, thresholds too high for the table.
//!
//! # Traps
//!
//! Needs the catalogue: the width in the plan is that of the columns which the statement reads. A low `fillfactor` leaves room on purpose.

use pgwright_contract::units::{bytes, count};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, misestimate};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "table_bloat_suspect",
    title: "Table takes far more space than its rows",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

/// Bytes of a row's header, its pointer and what alignment costs.
const ROW_OVERHEAD: f64 = 36.0;

/// A page that a small table does not fill is no waste.
const MANY_PAGES: f64 = 100.0;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let table = facts.relation(node).filter(|_| node.kind == "Seq Scan")?;
    let wanted = table.row_bytes? + ROW_OVERHEAD;
    let figures = plan.figures(node);
    let pages = figures.self_buffers.looked_at() as f64;
    let seen = figures.rows? + node.rows_removed("Filter");
    let passes = (node.loops() / if figures.divisor > 1.0 { figures.participants } else { 1.0 }).max(1.0);
    let taken = pages * 8192.0 / seen.max(1.0);
    if pages / passes < MANY_PAGES
        || taken <= 4.0 * wanted
        || taken <= 1024.0
        || misestimate::stops_early(node, plan)
    {
        return None;
    }
    let name = node.table()?;
    let dead = table.dead_rows.filter(|dead| *dead >= 1.0);
    let counted = dead.map(|dead| format!(", {} dead ones", count(dead))).unwrap_or_default();
    Some(Suspicion {
        saves: Saves::own(node, plan).times(1.0 - wanted / taken),
        evidence: Evidence::default()
            .figure("row_bytes", wanted)
            .figure("taken_bytes", taken)
            .figure("pages", (pages / passes).round())
            .some("dead_rows", dead),
        advice: format!(
            "{} pages for {} rows of about {}{counted}: vacuum {name}; to give the space back, pg_repack or vacuum full {name} (which locks it)",
            count((pages / passes).round()),
            count((seen / passes).round()),
            bytes(wanted as u64)
        ),
        object: name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn nine_of_ten_rows_are_gone() {
        let finding = fires_in("table_bloat_suspect", super::RULE.id, "queue");
        assert!(finding.advice.contains("vacuum queue"), "{}", finding.advice);
    }

    #[test]
    fn full_pages_are_silent() {
        silent_in("healthy_seq_scan_most_rows", super::RULE.id);
        silent_in("seq_scan_low_yield", super::RULE.id);
    }
}
