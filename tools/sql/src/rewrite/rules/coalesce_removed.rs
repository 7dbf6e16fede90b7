//! `coalesce_removed`: `coalesce(c, x) = y` becomes `c = y`.
//!
//! The planner knows the values of a column, and an index holds them; it knows nothing of what `coalesce` makes of them.
//!
//! # When it is safe
//!
//! `x` and `y` are different constants: a null becomes `x`, which is not `y`, and as a condition unknown is as good as false. The
//! column is an integer, a `boolean`, or text whose collation tells all different texts apart.
//!
//! # Traps
//!
//! With `x = y` the nulls are wanted, and stay out after the rewrite. Below a `not` unknown is not as good as false.

use sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value};

use crate::rewrite::literal::{bare, integer, string, value};
use crate::rewrite::reading::{Reading, conditions, function_name};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule = Rule { id: "coalesce_removed", title: "COALESCE leaves a comparison", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let places = reading.selects.iter().flat_map(|select| {
        let from = reading.from(select);
        conditions(select).into_iter().filter_map(move |condition| one(reading, &from, condition))
    });
    places.collect()
}

fn one(reading: &Reading<'_>, from: &From<'_>, condition: &Expr) -> Option<Verdict> {
    let (column, instead, wanted) = match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => match coalesced(left) {
            Some((column, instead)) => (column, instead, Some(right.as_ref())),
            None => {
                let (column, instead) = coalesced(right)?;
                (column, instead, Some(left.as_ref()))
            }
        },
        // A boolean by itself.
        other => {
            let (column, instead) = coalesced(other)?;
            (column, instead, None)
        }
    };
    let found = from.column(column)?;
    let kind = found.column.type_name.as_str();
    let differ = match (kind, wanted) {
        ("int2" | "int4" | "int8", Some(wanted)) => integer(instead)? != integer(wanted)?,
        ("text" | "varchar", Some(wanted)) if found.column.deterministic => {
            string(instead)? != string(wanted)?
        }
        ("bool", Some(wanted)) => boolean(instead)? != boolean(wanted)?,
        ("bool", None) => !boolean(instead)?,
        _ => return None,
    };
    if !differ {
        return None;
    }
    let text = reading.source.expr_text(column)?;
    let rewritten = match wanted {
        Some(wanted) => format!("{text} = {}", reading.source.expr_text(wanted)?),
        None => text.to_owned(),
    };
    Some(Verdict::Safe {
        edits: vec![Edit::new(reading.source.expr(condition)?, rewritten)],
        reason: "statistics and indexes know the column, not what coalesce makes of it",
        precondition: "the two constants differ".to_owned(),
    })
}

fn coalesced(expr: &Expr) -> Option<(&Expr, &Expr)> {
    let Expr::Function(function) = bare(expr) else { return None };
    let name = function_name(function).filter(|name| name.schema.is_none())?;
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [
            FunctionArg::Unnamed(FunctionArgExpr::Expr(column)),
            FunctionArg::Unnamed(FunctionArgExpr::Expr(instead)),
        ] if name.name == "coalesce" => Some((column, instead)),
        _ => None,
    }
}

fn boolean(expr: &Expr) -> Option<bool> {
    match value(bare(expr))? {
        Value::Boolean(value) => Some(*value),
        _ => None,
    }
}
