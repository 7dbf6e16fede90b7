//! `jsonb_expression_unindexed`: a filter looks into a `jsonb` column, and no index serves it.
//!
//! # When it fires
//!
//! `column ->> 'key' = value`, `column @> '{…}'`, `column ? 'key'` or a path in the filter of a scan that keeps few rows.
//!
//! # What to do
//!
//! For one key that is asked for again and again an index on the expression, `((column ->> 'key'))`, small and with statistics of its own after `analyze`. For
//! any key, `column @> '{"key": "value"}'` with a GIN index (`jsonb_path_ops`).
//!
//! # Traps
//!
//! The expression must be written in the query as in the index. `->>` gives text: a number compared as a number needs the cast in the index
//! too.

use super::finding::{Saves, Suspicion};
use super::{Needs, Rule, containment, index_advice, yields};
use crate::condition::Expr;
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "jsonb_expression_unindexed",
    title: "Part of a document is looked for in every row",
    needs: Needs::Estimates,
    silences: &["seq_scan_low_yield", "row_underestimate", "row_overestimate", "stale_stats"],
    check,
};

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let (column, advice) = filter
        .conjuncts()
        .into_iter()
        .find_map(|part| extracted(part, node, plan).or_else(|| contained(part, node, plan, facts)))?;
    let found = yields::low_or_costly(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{column}", node.table()?),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {advice}", found.says()),
    })
}

/// `(meta ->> 'kind') = 'x'`: the column, and the index on the expression.
fn extracted(part: &Expr, node: &Node, plan: &Plan) -> Option<(String, String)> {
    let comparison = part.comparison().filter(|comparison| comparison.right.is_constant())?;
    let Expr::Binary { op, left, right } = comparison.left else { return None };
    let (Expr::Column(column), Some(key)) = (left.as_ref(), right.literal()) else { return None };
    if !matches!(op.as_str(), "->>" | "#>>") || !(comparison.is_equality() || comparison.is_range()) {
        return None;
    }
    let sql = column.sql();
    Some((sql.clone(), index_advice::ddl(node, plan, &[format!("({sql} {op} {key})")])))
}

/// `meta @> '{…}'`: the column, and the index on all of it.
fn contained(part: &Expr, node: &Node, plan: &Plan, facts: &Facts) -> Option<(String, String)> {
    let comparison = part.comparison()?;
    let is_document = matches!(comparison.right, Expr::Cast { to, .. } if to == "jsonb" || to == "jsonpath")
        || matches!(comparison.op, "?" | "?|" | "?&");
    let Expr::Column(column) = comparison.left else { return None };
    let advice = containment::advice(part, node, plan, facts).filter(|_| is_document)?;
    Some((column.sql(), advice))
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_document_that_holds_a_part() {
        let found =
            fires(include_str!("../../fixtures/jsonb_contains.json"), super::RULE.id, "products.meta");
        let wanted = "create index concurrently on products using gin (meta jsonb_path_ops)";
        assert!(found.advice.ends_with(wanted), "{}", found.advice);
    }

    #[test]
    fn the_text_of_a_key() {
        let found = fires(include_str!("../../fixtures/jsonb_key.json"), super::RULE.id, "products.meta");
        let wanted = "create index concurrently on products ((meta ->> 'maker'))";
        assert!(found.advice.ends_with(wanted), "{}", found.advice);
    }

    #[test]
    fn a_plain_column_is_silent() {
        silent(include_str!("../../fixtures/seq_scan_low_yield.json"), super::RULE.id);
    }
}
