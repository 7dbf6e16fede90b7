//! `function_on_column`: a filter compares a function of a column, so an index on the column cannot be used.
//!
//! An index on `email` is ordered by `email`, not by `lower(email)`. The same holds for `created_at::date = …`,
//! `date_trunc(…)`, and arithmetic such as `id + 1 = …`.
//!
//! # When it fires
//!
//! Such a filter keeps few rows of a large scan: measured as in `seq_scan_low_yield`, by the table's rows, or by the
//! mere cost of the scan where nothing else is known.
//!
//! # What to do
//!
//! Functions of time: compare the column itself with a range, `created_at >= start and created_at < end`. Arithmetic:
//! move it to the constant. Anything else: index the expression.
//!
//! # Traps
//!
//! An expression index needs an immutable function: `date_trunc` or `::date` of a `timestamptz` depend on the
//! session's time zone and are refused. Silent for casts that only rename a text type, and for functions that compare
//! two columns.

use super::finding::{Saves, Suspicion};
use super::{FILTER_RULES, Needs, Rule, index_advice, yields};
use crate::condition::{ColumnRef, Comparison, Expr};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "function_on_column",
    title: "Function of a column hides it from indexes",
    needs: Needs::Estimates,
    silences: FILTER_RULES,
    check,
};

/// Functions of time that a range of the bare column replaces.
const OF_TIME: &[&str] = &["date_trunc", "date_part", "EXTRACT", "extract", "date", "timezone", "to_char"];

fn check(node: &Node, plan: &Plan, facts: &Facts) -> Option<Suspicion> {
    let filter = node.filter()?;
    let (comparison, column) = filter.conjuncts().into_iter().find_map(|part| wrapped(part, node))?;
    let found = yields::low_or_costly(node, plan, facts)?;
    Some(Suspicion {
        saves: Saves::own(node, plan),
        object: format!("{}.{}", node.table()?, column.sql()),
        evidence: found.evidence().text("filter", node.text("Filter")?),
        advice: format!("{}: {}", found.says(), advice(&comparison, column, node)),
    })
}

/// A comparison of something made from a column with something that is none.
fn wrapped<'a>(part: &'a Expr, node: &Node) -> Option<(Comparison<'a>, &'a ColumnRef)> {
    let comparison =
        part.comparison().filter(|comparison| comparison.is_equality() || comparison.is_range())?;
    let [column] = comparison.left.columns()[..] else { return None };
    let own = column.qualifier.as_deref().is_none_or(|alias| node.alias() == Some(alias));
    (own && comparison.right.is_constant() && hides(comparison.left)).then_some((comparison, column))
}

fn hides(expr: &Expr) -> bool {
    match expr {
        Expr::Call { name, .. } => !matches!(name.as_str(), "random" | "clock_timestamp" | "ANY" | "ALL"),
        Expr::Binary { op, .. } => matches!(op.as_str(), "+" | "-" | "*" | "/" | "%" | "||" | "AT TIME ZONE"),
        Expr::Cast { inner, to } => match inner.as_ref() {
            Expr::Column(_) => to == "date" || to.starts_with("time"),
            inside => hides(inside),
        },
        _ => false,
    }
}

fn advice(comparison: &Comparison<'_>, column: &ColumnRef, node: &Node) -> String {
    let sql = column.sql();
    let index = |keys: String| index_advice::ddl(node, &[keys]);
    match comparison.left {
        Expr::Call { name, .. } if !OF_TIME.contains(&name.as_str()) => {
            format!("index the expression: {}", index(expression(node, name, column)))
        }
        Expr::Binary { op, .. } if op != "AT TIME ZONE" => format!(
            "move the arithmetic to the constant so that {sql} stands alone, with {}",
            index(sql.clone())
        ),
        Expr::Cast { inner, .. } if matches!(inner.as_ref(), Expr::Call { .. }) => {
            format!("index the expression, or compare {sql} itself with {}", index(sql.clone()))
        }
        _ => format!(
            "compare {sql} itself with a range, {sql} >= start and {sql} < end, and {}",
            index(sql.clone())
        ),
    }
}

/// The call as the filter prints it, without the alias.
fn expression(node: &Node, name: &str, column: &ColumnRef) -> String {
    let filter = node.text("Filter").unwrap_or_default();
    let call = filter.find(&format!("{name}(")).map(|start| &filter[start..]);
    let end = call.and_then(|call| {
        let mut open = 0_usize;
        call.char_indices().find_map(|(at, letter)| {
            match letter {
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                _ => return None,
            }
            (open == 0).then_some(at + 1)
        })
    });
    let text = call
        .zip(end)
        .map_or_else(|| format!("{name}({})", column.sql()), |(call, end)| call[..end].to_owned());
    index_advice::unqualified(&text, node)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn a_lowered_text() {
        let json = include_str!("../../fixtures/function_on_column_lower.json");
        assert!(fires(json, super::RULE.id, "users.email").advice.contains("on users (lower(email))"));
        silent(json, "seq_scan_low_yield");
        silent(json, "row_underestimate");
    }

    #[test]
    fn a_verbose_plan_gives_the_same_ddl() {
        let json = include_str!("../../fixtures/function_on_column_verbose.json");
        let finding = fires(json, super::RULE.id, "public.users.email");
        assert!(
            finding.advice.ends_with("create index concurrently on public.users (lower(email))"),
            "{}",
            finding.advice
        );
    }

    #[test]
    fn a_timestamp_cast_to_a_date() {
        let finding = fires(
            include_str!("../../fixtures/function_on_column_date.json"),
            super::RULE.id,
            "orders.created_at",
        );
        assert!(finding.advice.contains("created_at >= start and created_at < end"), "{}", finding.advice);
    }

    #[test]
    fn estimates_are_enough_on_a_costly_scan() {
        let finding = fires(
            include_str!("../../fixtures/function_on_column_estimated.json"),
            super::RULE.id,
            "orders.id",
        );
        assert_eq!((finding.basis, finding.severity), (crate::Basis::Estimated, crate::Severity::Medium));
    }

    #[test]
    fn a_varchar_compared_as_text_is_silent() {
        silent(include_str!("../../fixtures/varchar_filter.json"), super::RULE.id);
    }
}
