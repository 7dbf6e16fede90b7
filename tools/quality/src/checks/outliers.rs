//! `outliers`: numbers far from the others.
//!
//! `method: mad` (the default): more than `k` (3.5) times 1.4826 of the median absolute deviation from the median; `iqr`: more than
//! `k` (1.5) interquartile ranges outside the quartiles; `z`: more than `k` (3) standard deviations from the average. Where the
//! deviation is zero every other value is an outlier. NaN, infinities and NULL are left out.

use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("outliers", "Outliers", &[], &["column", "method", "k"], read);

#[derive(Debug)]
struct Outliers {
    column: String,
    method: &'static str,
    k: f64,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let (method, usual) = match check.text("method") {
        None | Some("mad") => ("mad", 3.5),
        Some("iqr") => ("iqr", 1.5),
        Some("z") => ("z", 3.0),
        Some(other) => return Err(Mistake::at("method", format!("method is mad, iqr or z, not {other}"))),
    };
    let k = check.number("k")?.unwrap_or(usual);
    if k <= 0.0 {
        return Err(Mistake::at("k", "k is above 0"));
    }
    Ok(Box::new(Outliers { column: check.one_column()?, method, k }))
}

impl Rule for Outliers {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        if column.category != 'N' {
            return Err(Fault::wrong_type("outliers", column, "it takes numbers"));
        }
        let value = statement::column(&column.name);
        let finite = if statement::has_nan(column) {
            format!("{value}::text not in ('NaN', 'Infinity', '-Infinity')")
        } else {
            format!("{value} is not null")
        };
        let values = format!("v as (select {value}::float8 as x from {} where {finite})", ground.rows);
        let k = self.k;
        let (bounds, fails) = match self.method {
            "z" => (
                "b as (select avg(v.x) as middle, stddev_pop(v.x) as d from v)".to_owned(),
                format!("abs(v.x - b.middle) > {k} * b.d"),
            ),
            "iqr" => (
                "b as (select percentile_cont(0.25) within group (order by v.x) as low, \
                 percentile_cont(0.75) within group (order by v.x) as high from v)"
                    .to_owned(),
                format!("v.x < b.low - {k} * (b.high - b.low) or v.x > b.high + {k} * (b.high - b.low)"),
            ),
            _ => (
                "m as (select percentile_cont(0.5) within group (order by v.x) as middle from v), \
                 b as (select m.middle, percentile_cont(0.5) within group (order by abs(v.x - m.middle)) * 1.4826 as d \
                 from v, m group by m.middle)"
                    .to_owned(),
                format!("abs(v.x - b.middle) > {k} * b.d"),
            ),
        };
        let with = format!("with {values}, {bounds}");
        let sample = OwnSample {
            columns: vec![self.column.clone()],
            sql: format!("{with}\nselect left(v.x::text, 81)\nfrom v, b\nwhere {fails}\nlimit 10"),
        };
        Ok(Fragments {
            total: Some(1),
            sample: Some(sample),
            ..Fragments::own(format!(
                "{with}\nselect (count(*) filter (where {fails}))::text, count(*)::text\nfrom v, b"
            ))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        if figures.count(1) == Some(0) {
            return Reading::Unknown { evidence: "no value to measure".to_owned() };
        }
        Reading::of_rows(
            figures,
            format!(
                "more than {} {} away",
                self.k,
                match self.method {
                    "z" => "standard deviations",
                    "iqr" => "interquartile ranges",
                    _ => "median deviations",
                }
            ),
        )
    }
}
