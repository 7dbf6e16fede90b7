//! `count_to_exists`: `(select count(*) from …) > 0` becomes `exists (select 1 from …)`.
//!
//! To count, every row is read; to see that there is one, the first is enough, and PostgreSQL can plan it as a semi join.
//!
//! # When it is safe
//!
//! Always: a count is never null. `= 0` and `< 1` become `not exists`. `count(column)` counts as `count(*)` only where the column
//! is declared `NOT NULL`.
//!
//! # Traps
//!
//! `count(column)` leaves nulls out; `exists` does not. With `group by`, `having` or `limit` the subquery may give several
//! rows or none, and is left alone.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem,
};

use crate::rewrite::literal::{bare, flipped, integer};
use crate::rewrite::reading::{Reading, conditions, function_name, is_distinct, plain};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "count_to_exists", title: "A count against zero becomes EXISTS", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    reading.selects.iter().flat_map(conditions).filter_map(|condition| one(reading, condition)).collect()
}

fn one(reading: &Reading<'_>, condition: &Expr) -> Option<Verdict> {
    let Expr::BinaryOp { left, op, right } = condition else { return None };
    let (subquery, op, bound) = match (bare(left), bare(right)) {
        (Expr::Subquery(query), bound) => (query, op.clone(), bound),
        (bound, Expr::Subquery(query)) => (query, flipped(op)?, bound),
        _ => return None,
    };
    let exists = match (op, integer(bound)?) {
        (BinaryOperator::Gt | BinaryOperator::NotEq, 0) | (BinaryOperator::GtEq, 1) => true,
        (BinaryOperator::Eq | BinaryOperator::LtEq, 0) | (BinaryOperator::Lt, 1) => false,
        _ => return None,
    };
    let select = plain(subquery).filter(|select| !is_distinct(select) && !select.from.is_empty())?;
    let [SelectItem::UnnamedExpr(listed) | SelectItem::ExprWithAlias { expr: listed, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    counts_rows(reading, listed, &reading.from(select))?;
    let (whole, query) = (reading.source.expr(condition)?, reading.source.query(subquery)?);
    let listed = reading.source.expr(listed)?;
    let opening = if exists { "EXISTS (" } else { "NOT EXISTS (" };
    Some(Verdict::Safe {
        edits: vec![
            Edit::new(whole.start..query.start, opening),
            Edit::new(listed, "1"),
            Edit::new(query.end..whole.end, ")"),
        ],
        reason: "the first row is enough to know whether there is one",
        precondition: "a count is never null".to_owned(),
    })
}

/// Whether an expression is the number of rows: `count(*)`, `count(1)`, or `count` of what is never null.
pub(super) fn counts_rows(reading: &Reading<'_>, expr: &Expr, from: &From<'_>) -> Option<()> {
    match counted(reading, expr)? {
        FunctionArgExpr::Wildcard => Some(()),
        FunctionArgExpr::Expr(expr) if integer(expr).is_some() => Some(()),
        FunctionArgExpr::Expr(expr) => from.column(expr).filter(|found| found.never_null).map(|_| ()),
        _ => None,
    }
}

/// What `count` is taken of.
pub(super) fn counted<'r>(reading: &Reading<'_>, expr: &'r Expr) -> Option<&'r FunctionArgExpr> {
    let Expr::Function(function) = expr else { return None };
    let Function {
        args: FunctionArguments::List(list),
        parameters: FunctionArguments::None,
        filter: None,
        over: None,
        null_treatment: None,
        uses_odbc_syntax: false,
        ..
    } = function
    else {
        return None;
    };
    let name = function_name(function)?;
    let is_count = name.name == "count" && reading.function(function).is_some_and(|known| known.built_in);
    let plain =
        function.within_group.is_empty() && list.duplicate_treatment.is_none() && list.clauses.is_empty();
    match list.args.as_slice() {
        [FunctionArg::Unnamed(argument)] if is_count && plain => Some(argument),
        _ => None,
    }
}
