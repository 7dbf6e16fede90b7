//! `limit_index_filter`: an index gives the order for a LIMIT, and most rows it gives are thrown away.
//!
//! The planner reads rows in the wanted order and hopes to meet enough that pass the filter soon. When they lie late
//! in that order, it reads most of the table one row at a time.
//!
//! # When it fires
//!
//! The filter of an index scan right below a Limit removes 90 % or more of at least 10,000 rows, or of what 100 pages
//! held.
//!
//! # What to do
//!
//! Make an index on the filter's column and then on the order: it stops after the limit.
//!
//! # Traps
//!
//! The same query is fast for one value and slow for another, since it depends on where the rows lie. The columns of
//! the order are known only with the catalogue at hand; without it the advice names the index that has them.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, index_advice, yields};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "limit_index_filter",
    title: "Ordered index scan filters on the way to its limit",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let limited = plan.parent(node).is_some_and(|parent| parent.kind == "Limit");
    if !node.is(&["Index Scan", "Index Only Scan"]) || !limited {
        return None;
    }
    let found = yields::low(node, plan, facts)?;
    let index = node.index()?;
    let mut keys = index_advice::key_columns(&node.filter()?, node, facts);
    let order = facts.relation(node).and_then(|table| table.indexes.iter().find(|known| known.name == index));
    keys.extend(
        order
            .into_iter()
            .flat_map(|order| order.keys.clone())
            .filter(|key| !keys.contains(key))
            .collect::<Vec<_>>(),
    );
    let mut keys = index_advice::quoted(&keys);
    if order.is_none() {
        keys.push(format!("<keys of {index}>"));
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: index.to_owned(),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{} before the limit: {}", found.says(), index_advice::ddl(node, plan, &keys)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, fires_knowing, silent};
    use crate::facts::{Facts, Index, Relation};

    const JSON: &str = include_str!("../../fixtures/limit_index_filter.json");

    #[test]
    fn the_filter_comes_before_the_order() {
        assert!(
            fires(JSON, super::RULE.id, "orders_created")
                .advice
                .contains("(status, <keys of orders_created>)")
        );
        silent(JSON, "index_filter_low_yield");
    }

    #[test]
    fn the_catalogue_names_the_order() {
        let index =
            Index { name: "orders_created".into(), keys: vec!["created_at".into()], ..Index::default() };
        let orders = Relation {
            schema: "public".into(),
            name: "orders".into(),
            indexes: vec![index],
            ..Relation::default()
        };
        let finding = fires_knowing(
            JSON,
            &Facts { relations: vec![orders], ..Facts::default() },
            super::RULE.id,
            "orders_created",
        );
        assert!(finding.advice.contains("on orders (status, created_at)"), "{}", finding.advice);
    }

    #[test]
    fn a_limit_that_is_met_at_once_is_silent() {
        silent(include_str!("../../fixtures/healthy_limit_by_index.json"), super::RULE.id);
    }
}
