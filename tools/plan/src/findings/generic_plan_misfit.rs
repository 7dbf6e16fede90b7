//! `generic_plan_misfit`: a prepared statement's plan was made without the value, and this value is far from the average.
//!
//! # When it fires
//!
//! A condition with a parameter (`$1`) at a scan whose row count was a hundred times off or more.
//!
//! # What to do
//!
//! `set plan_cache_mode = force_custom_plan` for this statement, or in the function that prepares it; the driver may have a threshold (`prepareThreshold`) to raise.
//!
//! # Traps
//!
//! A value that is off by as much may be rare: then the generic plan is right for all others.

use pgwright_contract::units::count;

use super::finding::Suspicion;
use super::{Needs, Rule, misestimate, origin, rounding};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "generic_plan_misfit",
    title: "One plan for all values does not fit this one",
    needs: Needs::Analyze,
    silences: &["row_overestimate", "row_underestimate", "ext_stats_missing"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    // Up to PostgreSQL 16 the result of a sub-query is printed like a parameter.
    let returned = |node: &Node| node.text("Subplan Name").is_some_and(|name| name.contains("returns $"));
    let given = node
        .expressions()
        .filter(|(key, _)| matches!(*key, "Filter" | "Index Cond" | "Recheck Cond"))
        .find(|(_, text)| parameter(text))?
        .1;
    let miss = misestimate::at_fault(node, plan)?;
    if miss.factor < 100.0 || plan.nodes.iter().any(returned) {
        return None;
    }
    Some(Suspicion {
        saves: misestimate::saves(node, plan, &miss),
        object: origin::tables(plan, node),
        evidence: misestimate::evidence(&miss).text("condition", given),
        advice: format!(
            "the generic plan expected {}, this value gives {} rows: set plan_cache_mode = force_custom_plan for this statement",
            count(miss.expected),
            rounding::rows(miss.actual, miss.error)
        ),
    })
}

/// Whether a condition compares with `$1` and its like.
fn parameter(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| text[at + 1..].starts_with(|digit: char| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn a_frequent_value() {
        let finding = fires_in("generic_plan_misfit", super::RULE.id, "orders");
        assert!(finding.advice.contains("force_custom_plan"), "{}", finding.advice);
    }

    #[test]
    fn constants_are_silent() {
        silent_in("row_underestimate", super::RULE.id);
        silent_in("row_overestimate", super::RULE.id);
        silent_in("shape_init_plans", super::RULE.id);
    }
}
