//! `memoize_ineffective`: a cache before the inner side of a join is hardly ever hit.
//!
//! # When it fires
//!
//! At least 1,000 misses, and either fewer hits than misses or evictions for more than half of the misses.
//!
//! # What to do
//!
//! Evictions: raise `work_mem` (or `hash_mem_multiplier`) for this statement. Misses: the planner expects fewer different keys than there are; `analyze`, then
//! `alter table … alter column … set (n_distinct = …)`. To see the plan without it: `set local enable_memoize = off`.
//!
//! # Traps
//!
//! A cache that misses costs little by itself; what costs is the nested loop that was chosen because of it.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "memoize_ineffective",
    title: "Remembered rows are hardly met again",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let sum = |key: &str| node.by_process(key).sum::<f64>();
    let (hits, misses, evictions) = (sum("Cache Hits"), sum("Cache Misses"), sum("Cache Evictions"));
    if node.kind != "Memoize" || misses < 1_000.0 || (hits >= misses && evictions <= 0.5 * misses) {
        return None;
    }
    let key = node.text("Cache Key").unwrap_or_default();
    let what = if evictions > 0.5 * misses {
        format!(
            "{} entries were thrown out for want of memory: raise work_mem for this statement",
            count(evictions)
        )
    } else {
        format!(
            "{key} has more different values than expected: analyze its table, or set n_distinct of the column"
        )
    };
    Some(Suspicion {
        saves: Saves::whole(node, plan).times(misses / (hits + misses)),
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("hits", hits)
            .figure("misses", misses)
            .figure("evictions", evictions)
            .text("cache_key", key),
        advice: format!("{} hits and {} misses: {what}", count(hits), count(misses)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn every_key_is_another() {
        fires(include_str!("../../fixtures/memoize_ineffective.json"), super::RULE.id, "customers");
    }

    #[test]
    fn a_cache_that_serves_is_silent() {
        silent(include_str!("../../fixtures/memoize_serves.json"), super::RULE.id);
    }
}
