//! Constants whose value is known from their text: integers, plain strings, days.

use std::fmt;

use sqlparser::ast::{BinaryOperator, CastKind, DataType, Expr, TypedString, UnaryOperator, Value};

/// Without the brackets around it.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// An integer written with digits only.
pub(super) fn integer(expr: &Expr) -> Option<i128> {
    match bare(expr) {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr).map(|value| -value),
        other => number(other),
    }
}

fn number(expr: &Expr) -> Option<i128> {
    match value(expr)? {
        Value::Number(text, false) if text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()
        }
        _ => None,
    }
}

/// The value of a number with or without a fraction of zeros.
pub(super) fn integral(expr: &Expr) -> Option<i128> {
    match bare(expr) {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => integral_number(expr).map(|value| -value),
        other => integral_number(other),
    }
}

fn integral_number(expr: &Expr) -> Option<i128> {
    let Value::Number(text, false) = value(expr)? else { return None };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let integral =
        digits(whole) && !whole.is_empty() && whole.len() <= 19 && fraction.bytes().all(|byte| byte == b'0');
    if integral { whole.parse().ok() } else { None }
}

/// A string without escapes of its own.
pub(super) fn string(expr: &Expr) -> Option<&str> {
    match value(bare(expr))? {
        Value::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

pub(super) fn value(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Value(value) => Some(&value.value),
        _ => None,
    }
}

/// The inside and the type of a cast, in either spelling.
pub(super) fn cast(expr: &Expr) -> Option<(&Expr, &DataType)> {
    match bare(expr) {
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None } => {
            Some((bare(expr), data_type))
        }
        _ => None,
    }
}

/// A comparison read from the other side.
pub(super) fn flipped(op: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Eq | BinaryOperator::NotEq => op.clone(),
        _ => return None,
    })
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// A piece of the calendar that begins at a midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "month" => Some(Self::Month),
            "quarter" => Some(Self::Quarter),
            "year" => Some(Self::Year),
            _ => None,
        }
    }
}

impl Day {
    /// `YYYY-MM-DD` and nothing else, in years that nobody disputes.
    fn read(text: &str) -> Option<Self> {
        let well_formed = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !well_formed {
            return None;
        }
        let day = Self {
            year: text.get(..4)?.parse().ok()?,
            month: text.get(5..7)?.parse().ok()?,
            day: text.get(8..)?.parse().ok()?,
        };
        let valid = (1900..=2100).contains(&day.year)
            && (1..=12).contains(&day.month)
            && (1..=day.length_of_month()).contains(&day.day);
        valid.then_some(day)
    }

    /// A constant that is a day, whichever of the types of time it is compared with.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        match bare(expr) {
            Expr::TypedString(TypedString { data_type: DataType::Date, value, .. }) => match &value.value {
                Value::SingleQuotedString(text) => Self::read(text),
                _ => None,
            },
            other => match cast(other) {
                Some((inner, DataType::Date)) => Self::read(string(inner)?),
                Some(_) => None,
                None => Self::read(string(other)?),
            },
        }
    }

    fn length_of_month(self) -> u8 {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        }
    }

    /// The beginning of a year.
    pub(super) fn first_of(year: i128) -> Option<Self> {
        let year = u16::try_from(year).ok().filter(|year| (1900..=2099).contains(year))?;
        Some(Self { year, month: 1, day: 1 })
    }

    /// Whether a unit begins with it.
    pub(super) fn begins(self, unit: Unit) -> bool {
        match unit {
            Unit::Day => true,
            Unit::Month => self.day == 1,
            Unit::Quarter => self.day == 1 && self.month % 3 == 1,
            Unit::Year => self.day == 1 && self.month == 1,
        }
    }

    /// The day with which the next unit begins.
    pub(super) fn after(self, unit: Unit) -> Self {
        let months = |by: u8| {
            let month = self.month + by;
            let over = month > 12;
            Self { year: self.year + u16::from(over), month: if over { month - 12 } else { month }, day: 1 }
        };
        match unit {
            Unit::Day if self.day < self.length_of_month() => Self { day: self.day + 1, ..self },
            Unit::Day | Unit::Month => months(1),
            Unit::Quarter => months(3),
            Unit::Year => months(12),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_turns_as_it_should() {
        let after = |text, unit| Day::read(text).map(|day| day.after(unit).to_string());
        assert_eq!(after("2024-02-28", Unit::Day).as_deref(), Some("2024-02-29"));
        assert_eq!(after("2023-02-28", Unit::Day).as_deref(), Some("2023-03-01"));
        assert_eq!(after("1999-12-31", Unit::Day).as_deref(), Some("2000-01-01"));
        assert_eq!(after("2024-12-01", Unit::Month).as_deref(), Some("2025-01-01"));
        assert_eq!(after("2024-10-01", Unit::Quarter).as_deref(), Some("2025-01-01"));
        assert_eq!(after("2024-01-01", Unit::Year).as_deref(), Some("2025-01-01"));
        assert_eq!(Day::read("2023-02-29"), None);
        assert_eq!(Day::read("infinity"), None);
        assert_eq!(Day::read("2024-1-1"), None);
    }
}
