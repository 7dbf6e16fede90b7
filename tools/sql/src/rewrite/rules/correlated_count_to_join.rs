//! `correlated_count_to_join`: a count in the select list, run for each row, becomes one grouped count that is joined.
//!
//! The subquery runs once for each row of the outer query. Grouped, all counts are made in one pass.
//!
//! # When it is safe
//!
//! The subquery counts rows of tables by one equality of a column with a column of the outer query of the same type, and nothing
//! else of it reads the outer query. A row without a match gets 0 through `coalesce`.
//!
//! # Traps
//!
//! Without `coalesce`, a row without a match gets null in place of 0. With few outer rows the loop may be cheaper; that is for the
//! planner to say.

use sqlparser::ast::{BinaryOperator, Expr, Query, Select, SelectItem};

use super::count_to_exists::counted;
use crate::quote_identifier;
use crate::rewrite::literal::bare;
use crate::rewrite::reading::{Reading, conjuncts, is_distinct, is_plain, plain};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "correlated_count_to_join", title: "A count for each row becomes one grouped count", check };

/// The name of what is joined, and its columns; a statement that knows the word is left alone.
const JOINED: &str = "counted";

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    if reading.source.has_word_like(JOINED) {
        return Vec::new();
    }
    reading.selects.iter().filter_map(|select| one(reading, select)).take(1).collect()
}

fn one(reading: &Reading<'_>, select: &Select) -> Option<Verdict> {
    // A star would list the columns of what is joined.
    let starred = select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
    let [table] = select.from.as_slice() else { return None };
    if starred || !is_plain(select) {
        return None;
    }
    let from = reading.from(select);
    let aggregated = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(Expr::Subquery(_))
        | SelectItem::ExprWithAlias { expr: Expr::Subquery(_), .. } => false,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => !reading.is_row_wise(expr),
        _ => false,
    };
    if select.projection.iter().any(aggregated) {
        return None;
    }
    let (query, has_alias) = select.projection.iter().find_map(|item| match item {
        SelectItem::UnnamedExpr(Expr::Subquery(query)) => Some((query, false)),
        SelectItem::ExprWithAlias { expr: Expr::Subquery(query), .. } => Some((query, true)),
        _ => None,
    })?;
    let count = Count::of(reading, query, &from)?;
    let source = &reading.source;
    let at = source.table(table)?.end;
    let subquery = source.expr(&Expr::Subquery(query.clone()))?;
    let filter = if count.filters.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", count.filters.join(" AND "))
    };
    let joined = format!(
        "\nLEFT JOIN (SELECT {key} AS {JOINED}_key, {what} AS {JOINED}_rows FROM {tables}{filter} GROUP BY {key}) AS \
         {JOINED}\n    ON {JOINED}.{JOINED}_key = {outer}",
        key = count.key,
        what = count.what,
        tables = count.tables,
        outer = count.outer,
    );
    let named = if has_alias { "" } else { " AS count" };
    Some(Verdict::Safe {
        edits: vec![
            Edit::new(subquery, format!("coalesce({JOINED}.{JOINED}_rows, 0){named}")),
            Edit::insert(at, joined),
        ],
        reason: "the subquery runs for each row; grouped, all counts are made in one pass",
        precondition: "a row without a match counts 0, and each value of the key is one group".to_owned(),
    })
}

/// The parts of a correlated count, as text.
struct Count<'a> {
    what: &'a str,
    tables: &'a str,
    filters: Vec<String>,
    key: &'a str,
    outer: String,
}

impl<'a> Count<'a> {
    fn of(reading: &Reading<'a>, query: &Query, outer: &From<'_>) -> Option<Self> {
        let select = plain(query).filter(|select| !is_distinct(select))?;
        let source = &reading.source;
        let inner = reading.from(select);
        let [SelectItem::UnnamedExpr(listed) | SelectItem::ExprWithAlias { expr: listed, .. }] =
            select.projection.as_slice()
        else {
            return None;
        };
        counted(reading, listed)?;
        let [tables] = select.from.as_slice() else { return None };
        // What is joined must not read the outer query either, nor what is counted.
        let joined = tables
            .joins
            .iter()
            .all(|join| crate::rewrite::scope::inner_on(join).is_some_and(|on| inner.owners(on).is_some()));
        if !inner.is_known() || !joined || (inner.owners(listed).is_none()) {
            return None;
        }
        let mut equality = None;
        let mut filters = Vec::new();
        for condition in conjuncts(select.selection.as_ref()?) {
            if inner.owners(condition).is_some() {
                let text = source.expr_text(condition)?;
                let loose = matches!(condition, Expr::BinaryOp { op: BinaryOperator::Or, .. });
                filters.push(if loose { format!("({text})") } else { text.to_owned() });
                continue;
            }
            let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = bare(condition) else { return None };
            let (ours, theirs) = if inner.column(left).is_some() { (left, right) } else { (right, left) };
            let key = inner.column(ours)?;
            // A name that the inner query has is the inner query's.
            let hidden = match bare(theirs) {
                Expr::CompoundIdentifier(parts) => inner.has_name(&crate::analysis::written(parts.first()?)),
                Expr::Identifier(name) => {
                    let name = crate::analysis::written(name);
                    inner
                        .items
                        .iter()
                        .any(|item| item.relation.is_none_or(|known| known.column(&name).is_some()))
                }
                _ => true,
            };
            let reference = outer.column(theirs).filter(|_| !hidden)?;
            let same = key.column.type_name == reference.column.type_name
                && key.column.deterministic
                && reference.column.deterministic;
            if !same || equality.is_some() {
                return None;
            }
            let item = outer.items.get(reference.item)?;
            equality = Some((
                source.expr_text(bare(ours))?,
                format!("{}.{}", quote_identifier(&item.name), quote_identifier(&reference.column.name)),
            ));
        }
        let (key, outer) = equality?;
        let what = source.expr_text(listed)?;
        Some(Self { what, tables: source.text(source.table(tables)?), filters, key, outer })
    }
}
