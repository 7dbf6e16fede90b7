//! `hash_skew`: a hash join holds far more in memory than it may, since many rows share one key.
//!
//! # When it fires
//!
//! A hash of several batches peaks above twice `work_mem` × `hash_mem_multiplier`.
//!
//! # What to do
//!
//! Keep the frequent key apart: filter it (is it null, 0, a placeholder?), join it in an arm of its own, or put the other side into the hash. Raising `work_mem` makes the batches fewer, not the key rarer.
//!
//! # Traps
//!
//! Rows of one key cannot be split into batches, so that memory grows beyond any setting: several such statements at once may run the machine out of memory.

use pgwright_contract::units::bytes;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "hash_skew",
    title: "One key fills the hash table",
    needs: Needs::Analyze,
    silences: &["hash_spill"],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let peak = node.by_process("Peak Memory Usage").fold(0.0, f64::max) * 1024.0;
    let batches = node.by_process("Hash Batches").fold(0.0, f64::max);
    let work_mem = facts.setting(plan, "work_mem").map_or(Some(4_194_304.0), size)?;
    let factor = facts.setting(plan, "hash_mem_multiplier").and_then(|text| text.parse().ok()).unwrap_or(2.0);
    // Processes that build one table together may use what all of them may.
    let together = if node.flag("Parallel Aware") { plan.figures(node).participants } else { 1.0 };
    // PostgreSQL 18 lets a table grow as large as the buffers of its batches' files, two of 8 kB each.
    let planned = node.by_process("Original Hash Batches").fold(0.0, f64::max);
    let allowed = (work_mem * factor * together).max(planned * 16_384.0);
    if node.kind != "Hash" || batches <= 1.0 || peak <= 2.0 * allowed {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("peak_bytes", peak)
            .figure("allowed_bytes", allowed)
            .figure("batches", batches),
        advice: format!(
            "the hash of {} takes {} where {} are allowed: one key has most rows; filter or join it apart",
            origin::tables(plan, node),
            bytes(peak as u64),
            bytes(allowed as u64)
        ),
    })
}

/// Bytes of a setting as PostgreSQL prints it: `64kB`, `4MB`.
fn size(text: &str) -> Option<f64> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let number: f64 = text[..unit].parse().ok()?;
    let factor = match text[unit..].trim() {
        "" | "kB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn one_key_in_most_rows() {
        fires_in("hash_skew", super::RULE.id, "lines");
    }

    #[test]
    fn even_batches_are_silent() {
        silent_in("hash_spill", super::RULE.id);
        silent_in("healthy_hash_join", super::RULE.id);
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(super::size("4MB"), Some(4_194_304.0));
        assert_eq!(super::size("64kB"), Some(65_536.0));
        assert_eq!(super::size("lots"), None);
    }
}
