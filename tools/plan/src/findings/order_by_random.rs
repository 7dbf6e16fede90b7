//! `order_by_random`: rows are sorted by random() so that a few of them come out by chance.
//!
//! # When it fires
//!
//! A Sort whose key is `random()`.
//!
//! # What to do
//!
//! A sample: `from t tablesample system_rows (10)` (extension tsm_system_rows), or `tablesample bernoulli (0.1) … limit 10`. Or pick by a random point of the
//! key: `where id >= (random() * max_id)::int order by id limit 1`.
//!
//! # Traps
//!
//! `tablesample system` takes whole pages, so that neighbours come together; what looks for exactly equal chances may want the shuffle.

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "order_by_random",
    title: "All rows shuffled to take a few",
    needs: Needs::Estimates,
    silences: &["topn_needs_index", "sort_spill"],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    if !node.is(&["Sort", "Incremental Sort"]) || node.list("Sort Key").first() != Some(&"(random())") {
        return None;
    }
    let object = origin::tables(plan, node);
    Some(Suspicion {
        saves: Saves::whole(node, plan),
        evidence: Evidence::default()
            .some("sorted_rows", plan.input(node).and_then(|input| plan.figures(input).rows)),
        advice: format!("sorts all of {object} by random(): take a sample with tablesample instead"),
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn ten_by_chance() {
        fires(include_str!("../../fixtures/order_by_random.json"), super::RULE.id, "orders");
    }

    #[test]
    fn another_order_is_silent() {
        silent(include_str!("../../fixtures/healthy_sort.json"), super::RULE.id);
    }
}
