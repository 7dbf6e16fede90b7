//! `arithmetic_to_constant`: `col + 1 = c` becomes `col = c - 1`, worked out.
//!
//! An index on the column serves a comparison of the column itself, not of a sum.
//!
//! # When it is safe
//!
//! The column is an integer or `numeric`, the numbers are integers, and the result lies within the column's type. Sums keep the
//! order, so every comparison may be rewritten.
//!
//! # Traps
//!
//! Floating point rounds, so `x + 0.1 = 0.3` and `x = 0.2` differ. Months and days have no fixed length, so nothing is taken to
//! the other side of a comparison of times.

use sqlparser::ast::{BinaryOperator, Expr};

use crate::rewrite::literal::{bare, flipped, integer};
use crate::rewrite::reading::{Reading, conditions};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "arithmetic_to_constant", title: "Arithmetic moves from the column to the constant", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let places = reading.selects.iter().flat_map(|select| {
        let from = reading.from(select);
        conditions(select).into_iter().filter_map(move |condition| one(reading, &from, condition))
    });
    places.collect()
}

fn one(reading: &Reading<'_>, from: &From<'_>, condition: &Expr) -> Option<Verdict> {
    let Expr::BinaryOp { left, op, right } = condition else { return None };
    let ((column, by), op, constant) = match (moved(left), integer(right)) {
        (Some(sum), Some(constant)) => (sum, op.clone(), constant),
        _ => (moved(right)?, flipped(op)?, integer(left)?),
    };
    flipped(&op)?;
    let found = from.column(column)?;
    let constant = constant.checked_sub(by)?;
    if !range_of(&found.column.type_name)?.contains(&constant) {
        return None;
    }
    let column = reading.source.expr_text(column)?;
    Some(Verdict::Safe {
        edits: vec![Edit::new(reading.source.expr(condition)?, format!("{column} {op} {constant}"))],
        reason: "an index on the column serves the column, not a sum",
        precondition: format!("{} is {}, and the result is exact", found.column.name, found.column.type_name),
    })
}

/// The column in a sum or difference, and what is added to it.
fn moved(expr: &Expr) -> Option<(&Expr, i128)> {
    let Expr::BinaryOp { left, op, right } = bare(expr) else { return None };
    match (op, integer(left), integer(right)) {
        (BinaryOperator::Plus, None, Some(by)) => Some((left, by)),
        (BinaryOperator::Minus, None, Some(by)) => Some((left, -by)),
        (BinaryOperator::Plus, Some(by), None) => Some((right, by)),
        _ => None,
    }
}

/// The integers that a type holds; nothing for a type in which sums are not exact.
pub(super) fn range_of(type_name: &str) -> Option<std::ops::RangeInclusive<i128>> {
    Some(match type_name {
        "int2" => i128::from(i16::MIN)..=i128::from(i16::MAX),
        "int4" => i128::from(i32::MIN)..=i128::from(i32::MAX),
        "int8" => i128::from(i64::MIN)..=i128::from(i64::MAX),
        "numeric" => i128::from(i64::MIN)..=i128::from(i64::MAX),
        _ => return None,
    })
}
