//! `avg`, `sum`, `min`, `max`, `stddev`, `variance`, `median`, `percentile`, `iqr`, `distinct_count`: one figure of a column,
//! against what is expected of it.
//!
//! `expect` is a condition like `> 5` or `between 1 and 9`; PostgreSQL compares, so that no digit is lost. NULLs are left
//! out. Over no value at all the verdict is unknown; NaN is never as expected. `percentile` takes `quantile` from 0 to 1, and
//! interpolates. `iqr` is the third quartile minus the first. With `anomaly` the figure is judged by those of earlier runs.

use super::expectation::Expectation;
use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

const fn of(
    name: &'static str,
    title: &'static str,
    read: fn(&InlineCheck) -> Result<Box<dyn Rule>, Mistake>,
) -> CheckType {
    super::measuring(name, title, &[], &["column"], read)
}

pub(super) const TYPES: &[CheckType] = &[
    of("avg", "Average", |check| read(check, "avg", Figure::Plain("avg"))),
    of("sum", "Sum", |check| read(check, "sum", Figure::Plain("sum"))),
    of("min", "Lowest value", |check| read(check, "min", Figure::Extreme("min"))),
    of("max", "Highest value", |check| read(check, "max", Figure::Extreme("max"))),
    of("stddev", "Standard deviation", |check| read(check, "stddev", Figure::Plain("stddev_samp"))),
    of("variance", "Variance", |check| read(check, "variance", Figure::Plain("var_samp"))),
    of("median", "Median", |check| read(check, "median", Figure::Quantile(0.5))),
    of("iqr", "Interquartile range", |check| read(check, "iqr", Figure::Quartiles)),
    super::measuring("percentile", "Percentile", &[], &["column", "quantile"], |check| {
        let quantile = check.number("quantile")?.ok_or_else(|| Mistake::missing("quantile", "0.95"))?;
        if !(0.0..=1.0).contains(&quantile) {
            return Err(Mistake::at("quantile", "quantile is between 0 and 1"));
        }
        read(check, "percentile", Figure::Quantile(quantile))
    }),
    of("distinct_count", "Number of distinct values", |check| {
        read(check, "distinct_count", Figure::Distinct)
    }),
];

#[derive(Debug, Clone, Copy)]
enum Figure {
    /// An aggregate of numbers.
    Plain(&'static str),
    /// An aggregate of whatever has an order.
    Extreme(&'static str),
    Quantile(f64),
    Quartiles,
    Distinct,
}

#[derive(Debug)]
struct Aggregate {
    name: &'static str,
    column: String,
    figure: Figure,
    expectation: Expectation,
}

fn read(check: &InlineCheck, name: &'static str, figure: Figure) -> Result<Box<dyn Rule>, Mistake> {
    let expectation = Expectation::read(check)?;
    Ok(Box::new(Aggregate { name, column: check.one_column()?, figure, expectation }))
}

impl Rule for Aggregate {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let numbers = column.category == 'N';
        let (figure, is_float) = match self.figure {
            Figure::Plain(function) if numbers => {
                (format!("{function}({value})"), statement::has_nan(column))
            }
            Figure::Plain(function)
                if column.base_type == "interval" && matches!(function, "avg" | "sum") =>
            {
                (format!("{function}({value})"), false)
            }
            Figure::Quantile(quantile) if numbers => {
                // A quantile of integers, too, lies between them.
                (format!("percentile_cont({quantile}) within group (order by {value}::float8)"), true)
            }
            Figure::Quartiles if numbers => {
                let quartile =
                    |share| format!("percentile_cont({share}) within group (order by {value}::float8)");
                (format!("({} - {})", quartile("0.75"), quartile("0.25")), true)
            }
            Figure::Extreme(function) if statement::has_extremes(column) => {
                (format!("{function}({value})"), statement::has_nan(column))
            }
            Figure::Distinct => {
                // Exact here: hashes could be one short.
                (format!("count(distinct {})", crate::hash::comparable(column)), false)
            }
            Figure::Plain(_) | Figure::Quantile(_) | Figure::Quartiles | Figure::Extreme(_) => {
                let needs = if matches!(self.figure, Figure::Extreme(_)) {
                    "its values have no order"
                } else {
                    "it takes numbers"
                };
                return Err(Fault::wrong_type(self.name, column, needs));
            }
        };
        let met = self.expectation.target(&figure, is_float);
        let targets = [Some(format!("left(({figure})::text, 81)")), met].into_iter().flatten().collect();
        Ok(Fragments { targets, ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        measured(&self.expectation, figures.text(0), figures.text(1), self.name)
    }
}

/// The reading of a figure and of whether it is as expected. The figure stands apart: it is a value of the table.
pub(super) fn measured(
    expectation: &Expectation,
    value: Option<&str>,
    met: Option<&str>,
    name: &str,
) -> Reading {
    let Some(value) = value else {
        return Reading::Unknown { evidence: format!("{name}: no value to measure") };
    };
    let expected = expectation.written();
    let met = match (expected.is_empty(), met) {
        (true, _) => true,
        (false, Some(met)) => met == "true",
        (false, None) => {
            return Reading::Unknown { evidence: format!("{name}: not comparable with {expected}") };
        }
    };
    Reading::Met {
        met,
        evidence: if expected.is_empty() {
            format!("{name} measured")
        } else {
            format!("{name} expected {expected}")
        },
        seen: Some(format!("found {}", statement::shown(value))),
        value: Some(value.to_owned()),
    }
}
