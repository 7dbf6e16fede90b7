//! Judges a plan: every rule is one file, this is their table.
//!
//! A rule looks at one node and says what it suspects, what it saw, what to do, and what that could save. It does not
//! say how severe that is: [`severity`] decides for all. A rule of a specific cause names the generic ones that it
//! silences at its node. Nodes that never ran are not shown to the rules.
//!
//! The comment that opens a rule's file is its page in `docs/findings`.

mod casts;
mod containment;
mod finding;
mod index_advice;
mod misestimate;
mod origin;
mod partition;
mod remedy;
mod rounding;
mod severity;
mod yields;

mod append_many_children;
mod array_any_needs_gin;
mod bitmap_filter_low_yield;
mod bitmap_lossy;
mod buffers_vs_rows;
mod cartesian_join;
mod correlated_subplan;
mod cte_materialized_filter;
mod delete_fk_chain;
mod dirtied_by_select;
mod disabled_path_used;
mod distinct_over_join;
mod dml_lock_wait;
mod exact_count_full_scan;
mod ext_stats_missing;
mod fk_trigger_time;
mod fk_trigger_unindexed;
mod foreign_no_pushdown;
mod function_on_column;
mod function_scan_misestimate;
mod gather_tuple_flood;
mod generic_plan_misfit;
mod hash_big_build;
mod hash_skew;
mod hash_spill;
mod hashagg_spill;
mod huge_in_list;
mod implicit_cast_filter;
mod incremental_sort_bad;
mod index_filter_low_yield;
mod index_not_led_by_column;
mod index_only_heap_fetches;
mod io_read_heavy;
mod io_time_dominates;
mod jit_overhead;
mod join_filter_low_yield;
mod jsonb_expression_unindexed;
mod leading_wildcard_like;
mod like_prefix_needs_pattern_ops;
mod limit_index_filter;
mod lockrows_many;
mod materialize_huge;
mod memoize_ineffective;
mod merge_join_rescan;
mod nl_inner_seqscan;
mod nl_many_loops;
mod no_limit_large_result;
mod not_in_subplan;
mod offset_deep;
mod on_conflict_mostly_conflicts;
mod or_across_columns;
mod order_by_random;
mod parallel_missing;
mod parallel_skew;
mod partition_no_pruning;
mod planner_setting_disabled;
mod planning_time_dominates;
mod poor_clustering;
mod recursive_many_iterations;
mod row_overestimate;
mod row_underestimate;
mod seq_scan_low_yield;
mod serialization_time;
mod sort_spill;
mod stale_stats;
mod stats_missing;
mod subquery_scan_filter;
mod table_bloat_suspect;
mod temp_io;
mod topn_needs_index;
mod trigger_time;
mod udf_in_filter;
mod unattributed_time;
mod update_all_rows;
mod wal_fpi_heavy;
mod wide_row_select;
mod window_latest_row;
mod workers_not_launched;

#[cfg(test)]
mod healthy;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod versions;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use finding::Suspicion;
pub use finding::{Basis, Evidence, Finding, Severity};

use crate::facts::Facts;
use crate::model::{Node, Plan};
use pgwright_contract::Page;
use pgwright_contract::units::round;

/// What a rule must be given to say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Actual rows: a plan that was executed.
    Analyze,
    /// Estimates are enough, where the plan was not executed.
    Estimates,
}

/// One rule of the table.
#[derive(Debug)]
pub struct Rule {
    /// Stable name.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// What it must be given.
    pub needs: Needs,
    /// Generic rules that say less than this one at the same node.
    pub silences: &'static [&'static str],
    check: fn(&Node, &Plan, &Facts) -> Option<Suspicion>,
}

/// All rules.
pub const RULES: &[Rule] = &[
    append_many_children::RULE,
    array_any_needs_gin::RULE,
    bitmap_filter_low_yield::RULE,
    bitmap_lossy::RULE,
    buffers_vs_rows::RULE,
    cartesian_join::RULE,
    correlated_subplan::RULE,
    cte_materialized_filter::RULE,
    delete_fk_chain::RULE,
    dirtied_by_select::RULE,
    disabled_path_used::RULE,
    distinct_over_join::RULE,
    dml_lock_wait::RULE,
    exact_count_full_scan::RULE,
    ext_stats_missing::RULE,
    fk_trigger_time::RULE,
    fk_trigger_unindexed::RULE,
    foreign_no_pushdown::RULE,
    function_on_column::RULE,
    function_scan_misestimate::RULE,
    gather_tuple_flood::RULE,
    generic_plan_misfit::RULE,
    hash_big_build::RULE,
    hash_skew::RULE,
    hash_spill::RULE,
    hashagg_spill::RULE,
    huge_in_list::RULE,
    implicit_cast_filter::RULE,
    incremental_sort_bad::RULE,
    index_filter_low_yield::RULE,
    index_not_led_by_column::RULE,
    index_only_heap_fetches::RULE,
    io_read_heavy::RULE,
    io_time_dominates::RULE,
    jit_overhead::RULE,
    join_filter_low_yield::RULE,
    jsonb_expression_unindexed::RULE,
    leading_wildcard_like::RULE,
    like_prefix_needs_pattern_ops::RULE,
    limit_index_filter::RULE,
    lockrows_many::RULE,
    materialize_huge::RULE,
    memoize_ineffective::RULE,
    merge_join_rescan::RULE,
    nl_inner_seqscan::RULE,
    nl_many_loops::RULE,
    no_limit_large_result::RULE,
    not_in_subplan::RULE,
    offset_deep::RULE,
    on_conflict_mostly_conflicts::RULE,
    or_across_columns::RULE,
    order_by_random::RULE,
    parallel_missing::RULE,
    parallel_skew::RULE,
    partition_no_pruning::RULE,
    planner_setting_disabled::RULE,
    planning_time_dominates::RULE,
    poor_clustering::RULE,
    recursive_many_iterations::RULE,
    row_overestimate::RULE,
    row_underestimate::RULE,
    seq_scan_low_yield::RULE,
    serialization_time::RULE,
    sort_spill::RULE,
    stale_stats::RULE,
    stats_missing::RULE,
    subquery_scan_filter::RULE,
    table_bloat_suspect::RULE,
    temp_io::RULE,
    topn_needs_index::RULE,
    trigger_time::RULE,
    udf_in_filter::RULE,
    unattributed_time::RULE,
    update_all_rows::RULE,
    wal_fpi_heavy::RULE,
    wide_row_select::RULE,
    window_latest_row::RULE,
    workers_not_launched::RULE,
];

/// The generic rules that any cause seen in a filter replaces.
const FILTER_RULES: &[&str] = &[
    "bitmap_filter_low_yield",
    "index_filter_low_yield",
    "limit_index_filter",
    "row_overestimate",
    "row_underestimate",
    "seq_scan_low_yield",
    "stale_stats",
];

/// What is wrong with a plan, worst first.
pub fn judge(plan: &Plan, facts: &Facts) -> Vec<Finding> {
    let ran = plan.nodes.iter().filter(|node| node.ran());
    let mut suspected: Vec<(&Rule, &Node, Suspicion)> = Vec::new();
    // One index mends all scans that want it: the first speaks for the others.
    let mut wanted: HashMap<(&str, String, String), usize> = HashMap::new();
    for (rule, node, suspicion) in ran.flat_map(|node| judge_node(node, plan, facts)) {
        let ddl = suspicion.advice.find("create index").map(|at| suspicion.advice[at..].to_owned());
        if let Some(ddl) = ddl {
            match wanted.entry((rule.id, suspicion.object.clone(), ddl)) {
                Entry::Occupied(first) => {
                    if let Some((_, _, first)) = suspected.get_mut(*first.get()) {
                        first.saves = first.saves.plus(suspicion.saves);
                    }
                    continue;
                }
                Entry::Vacant(entry) => drop(entry.insert(suspected.len())),
            }
        }
        suspected.push((rule, node, suspicion));
    }
    let mut findings: Vec<_> = suspected
        .into_iter()
        .map(|(rule, node, suspicion)| (suspicion.saves.at_most, finding(rule, node, plan, suspicion)))
        .collect();
    // Of two that save alike, the one with a ceiling is less sure to.
    findings.sort_by(|(sure_a, a), (sure_b, b)| {
        let severity = b.severity.cmp(&a.severity).then(sure_b.cmp(sure_a));
        severity.then(b.saves_ratio.total_cmp(&a.saves_ratio)).then(a.node.cmp(&b.node))
    });
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// What the rules suspect at one node.
fn judge_node<'p>(
    node: &'p Node,
    plan: &Plan,
    facts: &Facts,
) -> impl Iterator<Item = (&'static Rule, &'p Node, Suspicion)> {
    let able = RULES.iter().filter(|rule| rule.needs == Needs::Estimates || plan.analyzed());
    let suspected: Vec<_> = able.filter_map(|rule| Some((rule, (rule.check)(node, plan, facts)?))).collect();
    let silenced: Vec<&str> = suspected.iter().flat_map(|(rule, _)| rule.silences).copied().collect();
    let heard = suspected.into_iter().filter(|(rule, _)| !silenced.contains(&rule.id));
    heard.map(|(rule, suspicion)| (rule, node, suspicion)).collect::<Vec<_>>().into_iter()
}

fn finding(rule: &Rule, node: &Node, plan: &Plan, suspicion: Suspicion) -> Finding {
    let Suspicion { saves, object, evidence, advice } = suspicion;
    let (severity, saves_ratio) = severity::of(&saves, plan);
    Finding {
        id: rule.id.to_owned(),
        severity,
        node: node.id,
        object: Page::data(&object, 200),
        basis: if plan.analyzed() { Basis::Measured } else { Basis::Estimated },
        evidence,
        advice: Page::data(&advice, 500),
        saves_ms: plan.timed().then(|| round(saves.amount)),
        saves_ratio: round(saves_ratio),
    }
}

#[cfg(test)]
mod expect {
    #![allow(clippy::panic, clippy::unwrap_used)]
    use super::*;

    pub(super) fn findings(json: &str, facts: &Facts) -> Vec<Finding> {
        judge(&Plan::from_json(json).unwrap(), facts)
    }

    /// The rule fires at a node and names the object; the finding, for what else a test wants to know.
    pub(super) fn fires(json: &str, id: &str, object: &str) -> Finding {
        fires_knowing(json, &Facts::default(), id, object)
    }

    pub(super) fn fires_knowing(json: &str, facts: &Facts, id: &str, object: &str) -> Finding {
        let found = findings(json, facts);
        let Some(finding) = found.iter().find(|finding| finding.id == id) else {
            panic!("no {id} among {found:#?}")
        };
        assert_eq!(finding.object, object);
        finding.clone()
    }

    /// The rule fires in the plans that a case has of 15 and of 18, and names the object; the finding of the newer one.
    pub(super) fn fires_in(case: &str, id: &str, object: &str) -> Finding {
        let judged = super::planted::Case::named(case).judged();
        let of_rule: Vec<Finding> = judged
            .into_iter()
            .map(|(version, found)| {
                let mut named = found.iter().filter(|finding| finding.id == id);
                match named.find(|finding| finding.object == object) {
                    Some(finding) => finding.clone(),
                    None => panic!("no {id}@{object} in {case} on {version}: {found:#?}"),
                }
            })
            .collect();
        of_rule.last().unwrap().clone()
    }

    pub(super) fn silent_in(case: &str, id: &str) {
        for (version, found) in super::planted::Case::named(case).judged() {
            assert!(found.iter().all(|finding| finding.id != id), "{case} on {version}: {found:#?}");
        }
    }

    pub(super) fn silent(json: &str, id: &str) {
        let found = findings(json, &Facts::default());
        assert!(found.iter().all(|finding| finding.id != id), "{found:#?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_silences_only_rules_that_exist() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
        let known = |id: &&str| RULES.iter().any(|rule| rule.id == *id);
        assert!(RULES.iter().flat_map(|rule| rule.silences).all(known));
    }
}
