//! `time_gaps`, `sequence_gaps`: what is missing between the first and the last value.
//!
//! `time_gaps`: steps of `every` (`1 hour`, `1 day`, `1 month`) in which no row lies. Days are those of `time_zone` (UTC by
//! default), so a day of 23 or 25 hours is one day; steps
//! within a day are of even length, so the hour that clocks skip is not missing. `sequence_gaps`: whole numbers between the lowest and the highest that no
//! row has. Duplicates close no gap; NULLs and infinities are left out. `failed_rows` counts what is missing. Both read all rows.

use pgwright_postgres::types::quote_literal;

use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule, seconds};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::counting("time_gaps", "Gaps in time", &[], &["column", "columns", "every", "time_zone"], time),
    super::counting("sequence_gaps", "Gaps in a sequence of numbers", &[], &["column"], sequence),
];

#[derive(Debug)]
struct TimeGaps {
    column: String,
    every: String,
    step: Step,
    zone: String,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Seconds(f64),
    Months(u32),
}

#[derive(Debug)]
struct SequenceGaps {
    column: String,
}

fn time(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let every = check.needed("every", "1 day")?.to_owned();
    let months = |written: &str| {
        let (number, unit) = written.trim().split_once(' ')?;
        let number: u32 = number.parse().ok().filter(|number| (1..=1200).contains(number))?;
        match unit.trim() {
            "month" | "months" => Some(number),
            "year" | "years" => Some(number * 12),
            _ => None,
        }
    };
    let step = match (months(&every), seconds(&every).filter(|seconds| *seconds >= 0.001)) {
        (Some(months), _) => Step::Months(months),
        (None, Some(seconds)) => Step::Seconds(seconds),
        (None, None) => {
            return Err(
                Mistake::at("every", format!("{every} is no step")).hint("write 1 hour, 1 day or 1 month")
            );
        }
    };
    let zone = check.text("time_zone").unwrap_or("UTC").to_owned();
    Ok(Box::new(TimeGaps { column: check.one_column()?, every, step, zone }))
}

fn sequence(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(SequenceGaps { column: check.one_column()? }))
}

impl Rule for TimeGaps {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        // Within a day time passes evenly, whatever the clocks show.
        let even = column.base_type == "timestamptz"
            && matches!(self.step, Step::Seconds(seconds) if seconds < 86_400.0);
        let local = match column.base_type.as_str() {
            "timestamptz" if even => format!("({value} at time zone 'UTC')"),
            "timestamptz" => format!("({value} at time zone {})", quote_literal(&self.zone)),
            "timestamp" => value.clone(),
            "date" => format!("{value}::timestamp"),
            _ => return Err(Fault::wrong_type("time_gaps", column, "it takes a date or a timestamp")),
        };
        let present = format!("{value} is not null and isfinite({value})");
        // Steps are counted from the beginning of the first day, hour or minute, whatever the step needs.
        let (number, start) = match self.step {
            Step::Months(months) => (
                format!("floor((extract(year from l.v) * 12 + extract(month from l.v) - 1) / {months})"),
                "make_timestamp(1, 1, 1, 0, 0, 0)".to_owned(),
            ),
            Step::Seconds(seconds) => {
                let unit = match seconds {
                    s if s >= 86_400.0 => "day",
                    s if s >= 3_600.0 => "hour",
                    s if s >= 60.0 => "minute",
                    _ => "second",
                };
                let zone = quote_literal(&self.zone);
                let start = if even {
                    format!(
                        "(date_trunc('{unit}', min(l.v) over () at time zone 'UTC' at time zone {zone}) at time zone {zone} at time zone 'UTC')"
                    )
                } else {
                    format!("date_trunc('{unit}', min(l.v) over ())")
                };
                (format!("floor(extract(epoch from l.v - {start}) / {seconds})"), start)
            }
        };
        let steps = format!(
            "from (select distinct {number}::bigint as i, {start} as s from (select {local} as v from {} where {present}) as l) as n",
            ground.rows
        );
        let at = |number: &str| match self.step {
            Step::Seconds(seconds) if even => format!(
                "((n.s + interval '1 second' * ({number} * {seconds})) at time zone 'UTC' at time zone {})",
                quote_literal(&self.zone)
            ),
            Step::Months(months) => format!("(n.s + interval '1 month' * ({number} * {months} - 12))"),
            Step::Seconds(seconds) => format!("(n.s + interval '1 second' * ({number} * {seconds}))"),
        };
        let sample = OwnSample {
            columns: vec!["first_missing".to_owned(), "next_present".to_owned(), "missing_steps".to_owned()],
            sql: format!(
                "select {}::text, {}::text, (n.next - n.i - 1)::text\n\
                 from (select n.i, n.s, lead(n.i) over (order by n.i) as next {steps}) as n\nwhere n.next > n.i + 1\norder by n.i\nlimit 10",
                at("(n.i + 1)"),
                at("n.next"),
            ),
        };
        Ok(Fragments {
            total: Some(1),
            sample: Some(sample),
            ..Fragments::own(format!(
                "select (max(n.i) - min(n.i) + 1 - count(*))::text, (max(n.i) - min(n.i) + 1)::text\n{steps}"
            ))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.count(1) {
            None => Reading::Unknown { evidence: "no value to look between".to_owned() },
            Some(steps) => Reading::of_rows(
                figures,
                format!("missing: steps of {} without a row, of {steps}", self.every),
            ),
        }
    }
}

impl Rule for SequenceGaps {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        if !matches!(column.base_type.as_str(), "int2" | "int4" | "int8") {
            return Err(Fault::wrong_type("sequence_gaps", column, "it takes whole numbers"));
        }
        let value = statement::column(&column.name);
        let sample = OwnSample {
            columns: vec!["first_missing".to_owned(), "last_missing".to_owned()],
            sql: format!(
                "select (n.v + 1)::text, (n.next - 1)::text\n\
                 from (select {value} as v, lead({value}) over (order by {value}) as next from {} where {value} is not null) as n\n\
                 where n.next - 1 > n.v\norder by n.v\nlimit 10",
                ground.rows
            ),
        };
        Ok(Fragments {
            targets: vec![
                format!("(max({value})::numeric - min({value}) + 1 - count(distinct {value}))::text"),
                format!("(max({value})::numeric - min({value}) + 1)::text"),
            ],
            total: Some(1),
            sample: Some(sample),
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.text(1) {
            None => Reading::Unknown { evidence: "no value to look between".to_owned() },
            Some(numbers) => Reading::of_rows(figures, format!("missing of {numbers} numbers in a row")),
        }
    }
}
