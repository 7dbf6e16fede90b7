//! `index_not_led_by_column`: an index is read from end to end, because the condition does not name its first column.
//!
//! # When it fires
//!
//! An Index Cond without the first key of a B-tree, 100 pages or more a run. Without the catalogue: an index scan that looks at 100 pages or more and finds a
//! row on one in fifty of them at most.
//!
//! # What to do
//!
//! An index that leads with the column of the condition. Where both are asked for, one index with the column of the equality first may replace the other.
//!
//! # Traps
//!
//! PostgreSQL 18 skips through an index whose first column has few values (`Index Searches` above 1), which is as good as an index of its own: silent then.

use pgwright_sql::quote_identifier;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, index_advice};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "index_not_led_by_column",
    title: "Condition misses the first column of the index",
    needs: Needs::Estimates,
    silences: &["index_filter_low_yield"],
    check,
};

const PAGES: f64 = 100.0;
const LOW_SHARE: f64 = 0.02;

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let index = node.index()?;
    let condition = crate::condition::Expr::read(node.text("Index Cond")?);
    // A bitmap index scan leaves it to the node above to name the table.
    let scan = std::iter::once(node).chain(plan.ancestors(node)).find(|node| node.relation().is_some())?;
    let figures = plan.figures(node);
    let pages = figures.self_buffers.looked_at() as f64;
    let runs = (node.loops() / figures.participants).max(1.0);
    let skips = node.number("Index Searches").is_some_and(|searches| searches > node.loops());
    if plan.analyzed() && (skips || pages / runs < PAGES) {
        return None;
    }
    let seen = node.rows_out() + node.rows_removed("Filter") + node.rows_removed("Index Recheck");
    let known = facts.relation(scan).and_then(|table| table.index(index));
    let first = match known {
        Some(known) if matches!(known.method.as_str(), "" | "btree") => {
            let first = known.keys.first()?;
            if condition.columns().into_iter().any(|column| column.name == *first) || first.contains('(') {
                return None;
            }
            quote_identifier(first)
        }
        None if plan.analyzed() && node.kind != "Bitmap Index Scan" && seen <= LOW_SHARE * pages => {
            "a column that the condition does not name".to_owned()
        }
        _ => return None,
    };
    let keys = index_advice::key_columns(&condition, scan, facts);
    if keys.is_empty() {
        return None;
    }
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: quote_identifier(index),
        evidence: Evidence::default()
            .some("pages", plan.analyzed().then_some(pages))
            .some("rows", plan.analyzed().then_some(seen))
            .text("index_cond", node.text("Index Cond")?),
        advice: format!(
            "{} leads with {first}, so all of it is read: {}",
            quote_identifier(index),
            index_advice::ddl(scan, plan, &index_advice::quoted(&keys))
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn the_second_column_alone() {
        let finding = fires_in("index_not_led_by_column", super::RULE.id, "orders_by_day_customer");
        assert!(
            finding.advice.contains("create index concurrently on orders (customer_id)"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn without_the_catalogue_by_the_pages() {
        let finding = fires_in("index_not_led_unknown", super::RULE.id, "orders_by_day_customer");
        assert!(finding.advice.contains("(customer_id)"), "{}", finding.advice);
    }

    #[test]
    fn the_first_column_is_silent() {
        silent_in("healthy_index_scan", super::RULE.id);
        silent_in("poor_clustering", super::RULE.id);
        silent_in("healthy_index_only", super::RULE.id);
    }
}
