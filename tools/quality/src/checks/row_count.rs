//! `row_count`: the number of rows is at least `min` and at most `max`.
//!
//! Counted, never estimated, and never from a sample. With `anomaly` it is judged by the counts of earlier runs.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, Scalar};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::stating("row_count", "Number of rows", &["volume"], &["min", "max", "anomaly"], read);

#[derive(Debug)]
struct RowCount {
    min: Option<u64>,
    max: Option<u64>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let bound = |option: &'static str| {
        let whole = |bound: &Scalar| {
            bound.text.parse::<u64>().map_err(|_| {
                Mistake::at(
                    option,
                    format!("{option} of row_count is a whole number from 0, not {}", bound.text),
                )
            })
        };
        check.scalar(option).map(whole).transpose()
    };
    match (bound("min")?, bound("max")?) {
        (None, None) if check.named("anomaly").is_none() => {
            Err(Mistake::missing("min", "1, or max, or both"))
        }
        (Some(min), Some(max)) if min > max => Err(Mistake::at("min", "min is above max")),
        (min, max) => Ok(Box::new(RowCount { min, max })),
    }
}

impl Rule for RowCount {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, _: &Ground<'_>) -> Result<Fragments, Fault> {
        // The scan counts all rows anyway.
        Ok(Fragments::default())
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let Some(rows) = figures.total_rows else {
            return Reading::Unknown { evidence: "PostgreSQL gave no count".to_owned() };
        };
        let met = self.min.is_none_or(|min| rows >= min) && self.max.is_none_or(|max| rows <= max);
        let wanted = match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("exactly {}", statement::grouped(min)),
            (Some(min), Some(max)) => format!("{} to {}", statement::grouped(min), statement::grouped(max)),
            (Some(min), None) => format!("at least {}", statement::grouped(min)),
            (None, None) => {
                return Reading::Met {
                    met: true,
                    evidence: statement::rows(rows),
                    seen: None,
                    value: Some(rows.to_string()),
                };
            }
            (None, max) => format!("at most {}", statement::grouped(max.unwrap_or_default())),
        };
        let evidence = format!("{} rows, expected {wanted}", statement::grouped(rows));
        Reading::Met { met, evidence, seen: None, value: Some(rows.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_in() {
        let read = |rows| {
            let figures = Figures { values: &[], total_rows: Some(rows), groups: None };
            matches!(RowCount { min: Some(2), max: Some(3) }.read(&figures), Reading::Met { met: true, .. })
        };
        assert_eq!([1, 2, 3, 4].map(read), [false, true, true, false]);
    }
}
