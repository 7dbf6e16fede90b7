//! `constant_cast`: a constant takes the column's type, so that the column need not be cast: `id = 4711::numeric` becomes
//! `id = 4711`, `id::text = '4711'` becomes `id = 4711`.
//!
//! Compared with `numeric` or `float8`, an integer column is cast row by row, and no index on it can be used.
//!
//! # When it is safe
//!
//! The column is an integer, the constant is integral and lies within the column's type; for `float8` it is below 2^53, for `real`
//! below 2^24, where every integer is exact. A text must be written as PostgreSQL writes that integer, or that `uuid`.
//!
//! # Traps
//!
//! `id = 4711.5::bigint` rounds to 4712: the cast of a fraction is left alone. `id::text = '007'` is never true, `id = 7` may be.

use sqlparser::ast::{BinaryOperator, DataType, ExactNumberInfo, Expr};

use super::arithmetic_to_constant::range_of;
use crate::rewrite::literal::{bare, cast, flipped, integral, string, value};
use crate::rewrite::reading::{Reading, conditions};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "constant_cast", title: "The constant is cast, not the column", check };

/// From here on not every integer has a `real`, a `float8` of its own.
const REAL_EXACT: i128 = 1 << 24;
const DOUBLE_EXACT: i128 = 1 << 53;

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let places = reading.selects.iter().flat_map(|select| {
        let from = reading.from(select);
        conditions(select).into_iter().filter_map(move |condition| one(reading, &from, condition))
    });
    places.collect()
}

fn one(reading: &Reading<'_>, from: &From<'_>, condition: &Expr) -> Option<Verdict> {
    let Expr::BinaryOp { left, op, right } = condition else { return None };
    let (column, op, constant) = match column_of(from, left) {
        Some(_) => (left, op.clone(), right),
        None => (right, flipped(op)?, left),
    };
    flipped(&op)?;
    let (column, cast_to) = column_of(from, column)?;
    let found = from.column(column)?;
    let equality = matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq);
    let kind = found.column.type_name.as_str();
    let constant = match cast_to {
        Some(to) if is_text(to) => string(constant)
            .filter(|text| equality && is_canonical(text, kind))
            .map(|text| if kind == "uuid" { format!("'{text}'") } else { text.to_owned() })?,
        to => {
            let integers = range_of(kind).filter(|_| kind != "numeric")?;
            let (value, exact, typed) = number(constant)?;
            let column_exact = match to {
                None => i128::MAX,
                Some(to) => widened(kind, to)?,
            };
            let gains = typed || to.is_some();
            let fits = gains && integers.contains(&value) && value.abs() < exact.min(column_exact);
            fits.then(|| value.to_string())?
        }
    };
    let column = reading.source.expr_text(column)?;
    Some(Verdict::Safe {
        edits: vec![Edit::new(reading.source.expr(condition)?, format!("{column} {op} {constant}"))],
        reason: "a column that is cast row by row cannot use its index",
        precondition: format!(
            "{} is {kind}, and the constant is exactly one of its values",
            found.column.name
        ),
    })
}

/// A column, and the type it is cast to, if it is.
fn column_of<'e>(from: &From<'_>, expr: &'e Expr) -> Option<(&'e Expr, Option<&'e DataType>)> {
    let (column, to) = match cast(expr) {
        Some((inner, to)) => (inner, Some(to)),
        None => (bare(expr), None),
    };
    from.column(column).map(|_| (column, to))
}

/// The value of a constant, the bound below which its type is exact, and whether it is of another type than an integer's.
fn number(expr: &Expr) -> Option<(i128, i128, bool)> {
    if let Some(integer) = integral(expr) {
        let fraction = match bare(expr) {
            Expr::UnaryOp { expr, .. } => has_fraction(expr),
            other => has_fraction(other),
        };
        return Some((integer, i128::MAX, fraction));
    }
    let (inner, to) = cast(expr)?;
    let (bound, other) = exact(to)?;
    Some((integral(inner)?, bound, other))
}

fn has_fraction(expr: &Expr) -> bool {
    value(expr).is_some_and(|value| value.to_string().contains('.'))
}

/// Below which bound a type holds every integer, and whether an integer column must be cast to be compared with it.
fn exact(to: &DataType) -> Option<(i128, bool)> {
    Some(match to {
        DataType::Numeric(ExactNumberInfo::None) | DataType::Decimal(ExactNumberInfo::None) => {
            (i128::MAX, true)
        }
        DataType::DoublePrecision | DataType::Float8 | DataType::Double(ExactNumberInfo::None) => {
            (DOUBLE_EXACT, true)
        }
        DataType::Real | DataType::Float4 => (REAL_EXACT, true),
        _ => return None,
    })
}

/// Below which bound a column's cast to a wider type is exact.
fn widened(from: &str, to: &DataType) -> Option<i128> {
    let to_integer = match to {
        DataType::BigInt(None) | DataType::Int8(None) => Some(8),
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) => Some(4),
        _ => None,
    };
    let width = match from {
        "int2" => 2,
        "int4" => 4,
        _ => 8,
    };
    match to_integer {
        Some(wide) => (wide >= width).then_some(i128::MAX),
        None => exact(to).map(|(bound, _)| bound),
    }
}

fn is_text(to: &DataType) -> bool {
    matches!(to, DataType::Text | DataType::Varchar(None) | DataType::CharacterVarying(None))
}

/// Whether a text is what PostgreSQL writes for a value of that type.
fn is_canonical(text: &str, kind: &str) -> bool {
    if kind == "uuid" {
        let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        return text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| if dash(at) { byte == b'-' } else { hex(byte) });
    }
    let integers = range_of(kind).filter(|_| kind != "numeric");
    let number = text.parse::<i128>().ok();
    integers.zip(number).is_some_and(|(range, number)| range.contains(&number) && number.to_string() == text)
}
