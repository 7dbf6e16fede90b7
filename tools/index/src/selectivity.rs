//! How large a share of a table's rows meets a condition, by what ANALYZE found.
//!
//! The formulas are the planner's (`selfuncs.c`). Values are compared as text that is read by the column's type; a
//! value that is known only when the statement runs gives `None`, and parameters count as an average value.

mod scalar;

use std::collections::BTreeSet;

use pgwright_postgres::catalog::{Column, ColumnStatistics, Table};
use pgwright_sql::analysis::{Bound, Predicate, PredicateKind, Subject, Value};

use self::scalar::{Kind, Scalar, literal};

/// The planner's guesses where it knows nothing.
const OPEN_RANGE: f64 = 1.0 / 3.0;
const CLOSED_RANGE: f64 = 0.005;
const ARRAY_ITEMS: f64 = 10.0;
const LEAST: f64 = 1e-9;
/// A document has more values than what is taken out of it.
const LEAST_OF_EXPRESSION: f64 = 1e-5;

/// The share of rows that meet `predicate`, 0 to 1. `None` where the statistics cannot say.
pub(crate) fn share(predicate: &Predicate, table: &Table) -> Option<f64> {
    if let PredicateKind::Or(arms) = &predicate.kind {
        let mut missed = 1.0;
        for arm in arms {
            let mut met = 1.0;
            for predicate in arm {
                met *= share(predicate, table)?;
            }
            missed *= 1.0 - met;
        }
        return Some(1.0 - missed);
    }
    let column = match &predicate.subject {
        Subject::Column(column) => table.column(column)?,
        Subject::Expression { columns, .. } => return of_expression(&predicate.kind, columns, table),
    };
    let known = Known { column, statistics: column.statistics.as_ref()?, rows: table.estimated_rows? };
    known.share(&predicate.kind).map(|share| share.clamp(LEAST, 1.0))
}

/// An expression that is compared with a value is taken to have as many values as its column.
fn of_expression(kind: &PredicateKind, columns: &BTreeSet<String>, table: &Table) -> Option<f64> {
    let average = columns.iter().filter_map(|column| average_share(column, table)).reduce(f64::min)?;
    match kind {
        PredicateKind::Equality(_) => Some(average.max(LEAST_OF_EXPRESSION)),
        PredicateKind::In(values) => Some((average * count(values.len())).clamp(LEAST_OF_EXPRESSION, 1.0)),
        _ => None,
    }
}

/// The share of rows that one value of a column has on average.
pub(crate) fn average_share(column: &str, table: &Table) -> Option<f64> {
    let column = table.column(column)?;
    let known = Known { column, statistics: column.statistics.as_ref()?, rows: table.estimated_rows? };
    Some(known.average().clamp(LEAST, 1.0))
}

struct Known<'t> {
    column: &'t Column,
    statistics: &'t ColumnStatistics,
    rows: f64,
}

impl Known<'_> {
    fn share(&self, kind: &PredicateKind) -> Option<f64> {
        let not_null = 1.0 - self.statistics.null_ratio;
        Some(match kind {
            PredicateKind::Equality(value) => self.equal(value)?,
            PredicateKind::Inequality(value) => not_null - self.equal(value)?,
            PredicateKind::In(values) => self.any_of(values)?.min(not_null),
            PredicateKind::NotIn(values) => not_null - self.any_of(values)?,
            PredicateKind::EqualsAny(array) => (items(array) * self.average()).min(not_null),
            PredicateKind::Range { lower, upper } => self.range(lower.as_ref(), upper.as_ref())?,
            PredicateKind::IsNull => self.statistics.null_ratio,
            PredicateKind::IsNotNull => not_null,
            PredicateKind::Boolean(truth) => self.equal_to(if *truth { "true" } else { "false" }),
            PredicateKind::LikePrefix { prefix, .. } => self.prefix(prefix),
            PredicateKind::LikeOther { .. }
            | PredicateKind::Operator { .. }
            | PredicateKind::Or(_)
            | PredicateKind::Other(_) => return None,
        })
    }

    fn average(&self) -> f64 {
        let average = (1.0 - self.statistics.null_ratio) / self.statistics.distinct_values(self.rows);
        match self.statistics.most_common.first() {
            Some((_, most)) => average.min(*most),
            None => average,
        }
    }

    fn equal(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Constant(sql) => Some(self.equal_to(&literal(sql)?)),
            Value::Parameter(_) => Some(self.average()),
            Value::Expression(_) | Value::Subquery(_) | Value::OtherRow(_) => None,
        }
    }

    fn equal_to(&self, text: &str) -> f64 {
        let wanted = self.scalar(text);
        let common = &self.statistics.most_common;
        if let Some((_, share)) = common.iter().find(|(value, _)| self.scalar(value) == wanted) {
            return *share;
        }
        let covered: f64 = common.iter().map(|(_, share)| share).sum();
        let others = self.statistics.distinct_values(self.rows) - count(common.len());
        let rest = (1.0 - covered - self.statistics.null_ratio).max(0.0) / others.max(1.0);
        common.last().map_or(rest, |(_, least)| rest.min(*least))
    }

    fn any_of(&self, values: &[Value]) -> Option<f64> {
        values.iter().map(|value| self.equal(value)).sum()
    }

    fn range(&self, lower: Option<&Bound>, upper: Option<&Bound>) -> Option<f64> {
        let is_parameter = |bound: &Bound| matches!(bound.value, Value::Parameter(_));
        if lower.is_some_and(is_parameter) || upper.is_some_and(is_parameter) {
            return Some(if lower.is_some() && upper.is_some() { CLOSED_RANGE } else { OPEN_RANGE });
        }
        let lower = lower.map(|bound| self.bound(bound)).map_or(Some(None), |bound| bound.map(Some))?;
        let upper = upper.map(|bound| self.bound(bound)).map_or(Some(None), |bound| bound.map(Some))?;
        let within = |value: &Scalar| {
            let above = lower.as_ref().is_none_or(|(low, inclusive)| {
                value.partial_cmp(low).is_some_and(|order| order.is_gt() || (order.is_eq() && *inclusive))
            });
            let below = upper.as_ref().is_none_or(|(high, inclusive)| {
                value.partial_cmp(high).is_some_and(|order| order.is_lt() || (order.is_eq() && *inclusive))
            });
            above && below
        };
        let lower_end = lower.as_ref().map(|(low, _)| low);
        let upper_end = upper.as_ref().map(|(high, _)| high);
        Some(self.between(within, lower_end, upper_end))
    }

    fn prefix(&self, prefix: &str) -> f64 {
        let low = Scalar::Text(prefix.to_owned());
        let high = Scalar::Text(format!("{prefix}\u{10ffff}"));
        let within = |value: &Scalar| matches!(value, Scalar::Text(text) if text.starts_with(prefix));
        self.between(within, Some(&low), Some(&high))
    }

    /// Common values one by one, the rest by the histogram.
    fn between(&self, within: impl Fn(&Scalar) -> bool, low: Option<&Scalar>, high: Option<&Scalar>) -> f64 {
        let common = &self.statistics.most_common;
        let covered: f64 = common.iter().map(|(_, share)| share).sum();
        let common: f64 =
            common.iter().filter(|(value, _)| within(&self.scalar(value))).map(|(_, share)| share).sum();
        let rest = (1.0 - covered - self.statistics.null_ratio).max(0.0);
        let histogram: Vec<Scalar> =
            self.statistics.histogram.iter().map(|value| self.scalar(value)).collect();
        let inside = if histogram.len() < 2 {
            if low.is_some() && high.is_some() { CLOSED_RANGE } else { OPEN_RANGE }
        } else {
            let below = |end: &Scalar| scalar::fraction_below(&histogram, end);
            (high.map_or(1.0, below) - low.map_or(0.0, below)).max(0.0)
        };
        // Never nothing: the histogram is a sample.
        (common + rest * inside).max(1.0 / self.rows.max(1.0))
    }

    fn bound(&self, bound: &Bound) -> Option<(Scalar, bool)> {
        match &bound.value {
            Value::Constant(sql) => Some((self.scalar(&literal(sql)?), bound.inclusive)),
            _ => None,
        }
    }

    fn scalar(&self, text: &str) -> Scalar {
        Scalar::read(text, Kind::of(&self.column.base_type, self.column.category))
    }
}

fn items(array: &Value) -> f64 {
    match array {
        Value::Constant(sql) => count(sql.matches(',').count() + 1),
        _ => ARRAY_ITEMS,
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of list items")]
fn count(items: usize) -> f64 {
    items as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::candidates::examples::{column, table};

    fn orders() -> Table {
        let mut status = column("status", "text", 'S');
        status.statistics = Some(ColumnStatistics {
            distinct: 4.0,
            null_ratio: 0.1,
            most_common: vec![("paid".into(), 0.6), ("open".into(), 0.2)],
            ..ColumnStatistics::default()
        });
        let mut day = column("day", "date", 'D');
        day.statistics = Some(ColumnStatistics {
            distinct: 365.0,
            histogram: ["2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"]
                .map(str::to_owned)
                .into(),
            ..ColumnStatistics::default()
        });
        let mut amount = column("amount", "numeric", 'N');
        amount.statistics = Some(ColumnStatistics {
            distinct: -0.5,
            histogram: ["0", "10", "1000"].map(str::to_owned).into(),
            ..ColumnStatistics::default()
        });
        table("orders", 100_000.0, vec![status, day, amount], vec![])
    }

    fn of(column: &str, kind: PredicateKind) -> Option<f64> {
        share(&Predicate { subject: Subject::Column(column.into()), kind }, &orders())
    }

    fn constant(sql: &str) -> Value {
        Value::Constant(sql.into())
    }

    fn at(sql: &str, inclusive: bool) -> Option<Bound> {
        Some(Bound { value: constant(sql), inclusive })
    }

    fn near(found: Option<f64>, wanted: f64) {
        assert!((found.unwrap() - wanted).abs() < 0.01 * wanted + 1e-6, "{found:?} is not {wanted}");
    }

    #[test]
    fn a_common_value_has_its_own_share_and_others_divide_the_rest() {
        near(of("status", PredicateKind::Equality(constant("'paid'"))), 0.6);
        near(of("status", PredicateKind::Equality(constant("'lost'"))), 0.05);
        near(of("status", PredicateKind::Equality(Value::Parameter(1))), 0.225);
        near(of("status", PredicateKind::In(vec![constant("'paid'"), constant("'open'::text")])), 0.8);
        near(of("status", PredicateKind::IsNull), 0.1);
    }

    #[test]
    fn dates_and_numbers_are_placed_in_the_histogram_by_value_not_by_text() {
        near(of("day", PredicateKind::Range { lower: at("DATE '2024-10-01'", true), upper: None }), 0.25);
        near(
            of(
                "day",
                PredicateKind::Range { lower: at("'2024-04-01'", true), upper: at("'2024-07-01'", false) },
            ),
            0.25,
        );
        near(of("amount", PredicateKind::Range { lower: at("9.5", false), upper: None }), 0.525);
    }

    #[test]
    fn what_is_known_only_at_run_time_is_not_guessed() {
        let later = Value::Expression("now() - interval '1 day'".into());
        assert_eq!(of("day", PredicateKind::Equality(later)), None);
        assert_eq!(of("nowhere", PredicateKind::IsNull), None);
    }

    #[test]
    fn an_or_is_one_less_what_every_arm_misses() {
        let arm = |column: &str, sql: &str| {
            vec![Predicate {
                subject: Subject::Column(column.into()),
                kind: PredicateKind::Equality(constant(sql)),
            }]
        };
        let or = PredicateKind::Or(vec![arm("status", "'paid'"), arm("status", "'open'")]);
        near(of("status", or), 1.0 - 0.4 * 0.8);
    }
}
