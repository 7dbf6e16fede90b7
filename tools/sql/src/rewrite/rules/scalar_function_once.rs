//! `scalar_function_once`: a function of constants in a condition is called once: `f()` becomes `(select f())`.
//!
//! A function that is not immutable is called for each row that a filter sees. As a subquery it runs once before.
//!
//! # When it is safe
//!
//! The function is stable, by all of its overloads: within one statement it gives the same for the same arguments. Its arguments are
//! constants or parameters.
//!
//! # Traps
//!
//! A volatile function may give something else for each row. What comes with PostgreSQL is too cheap to matter.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use crate::rewrite::literal::bare;
use crate::rewrite::reading::{Reading, conditions};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "scalar_function_once", title: "A stable function of constants is called once", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let conditions = reading.selects.iter().flat_map(conditions);
    conditions.flat_map(|condition| operands(condition)).filter_map(|expr| one(reading, expr)).collect()
}

fn operands(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::BinaryOp { left, right, .. } => vec![left, right],
        Expr::UnaryOp { expr, .. } => vec![expr],
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        other => vec![other],
    }
}

fn one(reading: &Reading<'_>, expr: &Expr) -> Option<Verdict> {
    let Expr::Function(function) = bare(expr) else { return None };
    let known = reading.function(function)?;
    let FunctionArguments::List(list) = &function.args else { return None };
    let constant = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => matches!(bare(expr), Expr::Value(_)),
        _ => false,
    };
    let once = !known.volatile && !known.immutable && !known.unusual && !known.built_in;
    if !once || function.over.is_some() || function.filter.is_some() || !list.args.iter().all(constant) {
        return None;
    }
    let range = reading.source.expr(bare(expr))?;
    let text = reading.source.text(range.clone());
    Some(Verdict::Safe {
        edits: vec![Edit::new(range, format!("(SELECT {text})"))],
        reason: "a function in a filter is called for each row",
        precondition: format!("{} is stable", function.name),
    })
}
