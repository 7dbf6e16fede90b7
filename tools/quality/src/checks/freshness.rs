//! `freshness`: the newest value of a date or timestamp column is at most `max_age` old.
//!
//! Values in the future and infinities are left out and counted, since one of them would hide that nothing arrives any
//! more. Timestamps without a time zone, and dates, are read as UTC; a date is its first
//! moment. An empty table is `unknown`.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule, seconds};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::stating("freshness", "Age of the newest value", &[], &["column", "max_age"], read);

#[derive(Debug)]
struct Freshness {
    column: String,
    max_age: String,
    max_age_s: f64,
    as_of: Option<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let max_age = check.needed("max_age", "1d")?.to_owned();
    let max_age_s = seconds(&max_age).ok_or_else(|| {
        Mistake::at("max_age", format!("{max_age} is no age")).hint("write 90s, 15m, 2h, 1d, 1w or 1d 12h")
    })?;
    Ok(Box::new(Freshness { column: check.one_column()?, max_age, max_age_s, as_of: check.moment()? }))
}

impl Rule for Freshness {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let now = match statement::now(column, self.as_of.as_deref(), "UTC") {
            Some(now) => now,
            None => return Err(Fault::wrong_type("freshness", column, "it takes a date or a timestamp")),
        };
        let value = statement::column(&column.name);
        let newest = format!("max({value}) filter (where isfinite({value}) and {value} <= {now})");
        Ok(Fragments {
            targets: vec![
                format!("extract(epoch from ({now} - ({newest})))::text"),
                format!("({newest})::text"),
                format!("(count(*) filter (where {value} > {now}))::text"),
            ],
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let future = match figures.count(2) {
            None | Some(0) => String::new(),
            Some(rows) => format!("; {} in the future left out", statement::rows(rows)),
        };
        let (Some(age_s), Some(newest)) = (figures.number(0), figures.text(1)) else {
            return Reading::Unknown { evidence: format!("no value to take the age of{future}") };
        };
        Reading::Met {
            met: age_s <= self.max_age_s,
            evidence: format!("allowed {}{future}", self.max_age),
            seen: Some(format!("{} old, newest {newest}", age(age_s))),
            value: None,
        }
    }
}

fn age(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_unknown_and_never_fresh() {
        let check =
            Freshness { column: "at".to_owned(), max_age: "1d".to_owned(), max_age_s: 86_400.0, as_of: None };
        let values = [None, None, Some("2".to_owned())];
        let figures = Figures { values: &values, total_rows: Some(2), groups: None };
        assert!(
            matches!(check.read(&figures), Reading::Unknown { evidence } if evidence.contains("2 rows in the future"))
        );
    }
}
