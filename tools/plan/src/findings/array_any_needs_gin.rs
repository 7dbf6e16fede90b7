//! `array_any_needs_gin`: a filter asks which arrays hold a value, and no index can serve it as it is written.
//!
//! # When it fires
//!
//! `value = any (column)` in the filter of a scan that keeps few rows. (`column = any (list)` is another thing, and fine.)
//!
//! # What to do
//!
//! Write `column @> array[value]` and make a GIN index on the column.
//!
//! # Traps
//!
//! A value that most arrays hold is found no faster by an index. Where nulls within arrays matter, `@>` never finds them, as `= any` does not.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, containment, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "array_any_needs_gin",
    title: "Element of an array is looked for in every row",
    needs: Needs::Estimates,
    silences: &["seq_scan_low_yield", "row_underestimate", "row_overestimate", "stale_stats"],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let element = filter.conjuncts().into_iter().find(|part| part.held_element().is_some())?;
    let (_, column) = element.held_element()?;
    let advice = containment::advice(element, node, plan, facts)?;
    let found = yields::low_or_costly(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{}", node.table()?, column.sql()),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {advice}", found.says()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_tag() {
        let found = fires(include_str!("../../fixtures/array_any.json"), super::RULE.id, "products.tags");
        let wanted = "write tags @> array['t3'], and create index concurrently on products using gin (tags)";
        assert!(found.advice.ends_with(wanted), "{}", found.advice);
    }

    #[test]
    fn a_list_of_values_is_silent() {
        silent(include_str!("../../fixtures/huge_in_list.json"), super::RULE.id);
    }
}
