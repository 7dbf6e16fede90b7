//! `incremental_sort_bad`: rows come in the order of the first sort columns only, and so few values of these exist that nearly everything is sorted anyway.
//!
//! # When it fires
//!
//! An Incremental Sort over 10,000 rows or more, 5,000 or more a group.
//!
//! # What to do
//!
//! An index on all sort columns in their order gives the rows sorted.
//!
//! # Traps
//!
//! Groups of some hundred rows are what an incremental sort is for.

use pgwright_contract::units::count;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "incremental_sort_bad",
    title: "Sorting in parts, of which each is large",
    needs: Needs::Analyze,
    silences: &["topn_needs_index", "sort_spill"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let input = plan.input(node).filter(|_| node.kind == "Incremental Sort")?;
    let rows = plan.figures(input).rows?;
    let groups = groups(node);
    if rows < 10_000.0 || rows / groups < 5_000.0 {
        return None;
    }
    let index = origin::sort_columns(node).and_then(|columns| {
        let scan = origin::scan_of(plan, node, &columns.first()?.0)?;
        let keys: Vec<String> =
            columns.iter().map(|(column, order)| format!("{}{order}", column.sql())).collect();
        Some(index_advice::ddl(scan, plan, &keys))
    });
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: origin::tables(plan, node),
        evidence: Evidence::default()
            .figure("sorted_rows", rows)
            .figure("groups", groups)
            .text("presorted_key", &node.list("Presorted Key").join(", ")),
        advice: format!(
            "sorts {} rows in {} groups: {}",
            count(rows),
            count(groups),
            index.unwrap_or_else(|| "an index on all sort columns gives them in order".to_owned())
        ),
    })
}

/// Distinct values of the columns that are in order already, as far as the node counts them.
///
/// What comes before the first full group is sorted apart and belongs to one of them.
fn groups(node: &Node) -> f64 {
    let counted = |key: &str| node.field(key)?.get("Group Count")?.as_f64();
    let (full, prefix) = (counted("Full-sort Groups"), counted("Pre-sorted Groups"));
    prefix.or(full).unwrap_or(1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn two_values_of_the_first_column() {
        let finding = fires_in("incremental_sort_bad", super::RULE.id, "orders");
        assert!(
            finding.advice.contains("create index concurrently on orders (kind, total)"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn small_groups_are_silent() {
        silent_in("sums_incremental_sort", super::RULE.id);
        silent_in("shape_incremental_sort", super::RULE.id);
    }
}
