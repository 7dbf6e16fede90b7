//! `date_cast_to_range`: `ts::date = day`, `date_trunc('month', ts) = day` and the like become a half-open range of `ts`.
//!
//! An index on `ts` serves a range of `ts`. What a function or a cast makes of `ts` it does not serve, and the planner has no
//! statistics of it either.
//!
//! # When it is safe
//!
//! The other side is a constant day written `YYYY-MM-DD`, so that the bounds are known; for `date_trunc` one with which that
//! unit begins. For `timestamp` that is all. For `timestamptz` the bounds are midnights in the session's time zone, and that zone
//! must not turn its clock within hours of them.
//!
//! # Traps
//!
//! `between day and next day` takes the first moment of the next day too. Bounds at a fixed `+00` cut another day than the
//! session's. In some zones midnight comes twice in autumn (Havana), or not at all in spring (Beirut).

use sqlparser::ast::{
    BinaryOperator, DataType, DateTimeField, Expr, ExtractSyntax, FunctionArg, FunctionArgExpr,
    FunctionArguments,
};

use crate::rewrite::literal::{Day, Unit, bare, cast, flipped, integer, string};
use crate::rewrite::reading::{Reading, conditions, function_name};
use crate::rewrite::scope::{Found, From};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "date_cast_to_range", title: "A day made of a time becomes a range", check };

const REASON: &str = "an index on the column serves a range of it, not what a function makes of it";

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let places = reading.selects.iter().flat_map(|select| {
        let from = reading.from(select);
        conditions(select).into_iter().filter_map(move |condition| one(reading, &from, condition))
    });
    places.collect()
}

/// A column, and the unit to whose beginning its values are cut.
struct Cut<'r> {
    column: &'r Expr,
    found: Found<'r>,
    unit: Unit,
    by_year: bool,
}

fn one(reading: &Reading<'_>, from: &From<'_>, condition: &Expr) -> Option<Verdict> {
    let (cut, lower, upper) = match condition {
        Expr::BinaryOp { left, op, right } => {
            let (cut, op, constant) = match cut(reading, from, left) {
                Some(cut) => (cut, op.clone(), right),
                None => (cut(reading, from, right)?, flipped(op)?, left),
            };
            let day = if cut.by_year { Day::first_of(integer(constant)?)? } else { Day::of(constant)? };
            if !day.begins(cut.unit) {
                return None;
            }
            let next = day.after(cut.unit);
            match op {
                BinaryOperator::Eq => (cut, Some(day), Some(next)),
                BinaryOperator::GtEq => (cut, Some(day), None),
                BinaryOperator::Gt => (cut, Some(next), None),
                BinaryOperator::Lt => (cut, None, Some(day)),
                BinaryOperator::LtEq => (cut, None, Some(next)),
                _ => return None,
            }
        }
        Expr::Between { expr, negated: false, low, high } => {
            let cut = cut(reading, from, expr)?;
            let (low, high) = match cut.by_year {
                true => (Day::first_of(integer(low)?)?, Day::first_of(integer(high)?)?),
                false => (Day::of(low)?, Day::of(high)?),
            };
            if !low.begins(cut.unit) || !high.begins(cut.unit) {
                return None;
            }
            let next = high.after(cut.unit);
            (cut, Some(low), Some(next))
        }
        _ => return None,
    };
    let kind = cut.found.column.type_name.as_str();
    let unsure = |day: &Day| !reading.facts.plain_midnights.contains(&day.to_string());
    // `date_trunc` of a date is taken of its midnight in the session's zone.
    let zoned = kind == "timestamptz" || (kind == "date" && !cut.by_year);
    if zoned && lower.iter().chain(upper.iter()).any(unsure) {
        let missing = format!(
            "the session's time zone turns its clock near a midnight that bounds {}",
            cut.found.column.name
        );
        return Some(Verdict::Lacking { reason: "a range in place of a day made of a time", missing });
    }
    let column = reading.source.expr_text(cut.column)?;
    let bounds = [(">=", lower), ("<", upper)];
    let range: Vec<String> = bounds
        .iter()
        .filter_map(|(op, day)| day.map(|day| format!("{column} {op} '{day}'::{kind}")))
        .collect();
    Some(Verdict::Safe {
        edits: vec![Edit::new(reading.source.expr(condition)?, range.join(" AND "))],
        reason: REASON,
        precondition: match kind {
            _ if !zoned => format!("{} has no time zone", cut.found.column.name),
            _ => "the session's time zone turns no clock near those midnights".to_owned(),
        },
    })
}

fn cut<'r>(reading: &Reading<'_>, from: &From<'r>, expr: &'r Expr) -> Option<Cut<'r>> {
    let (column, unit, by_year) = match bare(expr) {
        Expr::Function(function) => {
            let known = reading.function(function).is_some_and(|known| known.built_in);
            let FunctionArguments::List(list) = &function.args else { return None };
            let plain = function.filter.is_none() && function.over.is_none() && list.clauses.is_empty();
            match (function_name(function)?.name.as_str(), list.args.as_slice()) {
                (
                    "date_trunc",
                    [
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(unit)),
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(column)),
                    ],
                ) if known && plain => (column, Unit::named(&string(unit)?.to_ascii_lowercase())?, false),
                ("date", [FunctionArg::Unnamed(FunctionArgExpr::Expr(column))]) if known && plain => {
                    (column, Unit::Day, false)
                }
                _ => return None,
            }
        }
        Expr::Extract { field: DateTimeField::Year, syntax: ExtractSyntax::From, expr } => {
            (expr.as_ref(), Unit::Year, true)
        }
        other => match cast(other)? {
            (column, DataType::Date) => (column, Unit::Day, false),
            _ => return None,
        },
    };
    let found = from.column(column)?;
    let fits = match found.column.type_name.as_str() {
        "timestamp" | "timestamptz" => true,
        // A day cast to a day is already one.
        "date" => unit != Unit::Day,
        _ => false,
    };
    fits.then_some(Cut { column, found, unit, by_year })
}
