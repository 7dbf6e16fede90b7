//! `wal_fpi_heavy`: half of what a statement writes to the write-ahead log or more is whole pages.
//!
//! # When it fires
//!
//! Full page images are half of the log records or more, 1,000 or more. Needs a plan with the option `wal`.
//!
//! # What to do
//!
//! After a checkpoint the first change of each page logs the page: make checkpoints rarer (`max_wal_size`, `checkpoint_timeout`), `wal_compression = on`, and change rows in the order in which they lie in the table.
//!
//! # Traps
//!
//! Just after a checkpoint every statement looks like this: measure again.

use pgwright_contract::units::{bytes, count};

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "wal_fpi_heavy",
    title: "The log holds whole pages",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let figure = |key: &str| node.number(key).filter(|_| node.parent.is_none());
    let (records, images) = (figure("WAL Records")?, figure("WAL FPI")?);
    if images < 1_000.0 || images < 0.5 * records {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan).times(0.5).at_most(super::finding::Severity::Low),
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("wal_records", records)
            .figure("full_pages", images)
            .some("wal_bytes", figure("WAL Bytes")),
        advice: format!(
            "{} of {} log records are whole pages, {} in all: rarer checkpoints (max_wal_size), wal_compression = on",
            count(images),
            count(records),
            bytes(figure("WAL Bytes").unwrap_or(0.0) as u64)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_change_just_after_a_checkpoint() {
        fires_in("wal_fpi_heavy", super::RULE.id, "orders");
    }

    #[test]
    fn without_the_option_silent() {
        silent_in("sums_update_cte", super::RULE.id);
        silent_in("trigger_time", super::RULE.id);
    }
}
