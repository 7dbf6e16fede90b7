//! `in_set`, `not_in_set`: rows whose value is not, or is, in a list. NULL passes.
//!
//! The list is compared by the column's own equality: numbers by value, `char(n)` without its padding. In YAML a country
//! code `NO` without quotes is a boolean, which is refused in a list of text.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{Form, InlineCheck, Mistake, Scalar};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::counting("in_set", "Values in a list", &["accepted_values"], &["column", "values"], |check| {
        read(check, false)
    }),
    super::counting(
        "not_in_set",
        "Values not in a list",
        &["rejected_values"],
        &["column", "values"],
        |check| read(check, true),
    ),
];

#[derive(Debug)]
struct InSet {
    column: String,
    values: Vec<Scalar>,
    forbidden: bool,
}

fn read(check: &InlineCheck, forbidden: bool) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(InSet { column: check.one_column()?, values: listed(check)?, forbidden }))
}

/// A list of values that may be compared with a column.
pub(super) fn listed(check: &InlineCheck) -> Result<Vec<Scalar>, Mistake> {
    let values = check.list("values").ok_or_else(|| Mistake::missing("values", "[new, paid, shipped]"))?;
    if values.is_empty() {
        return Err(Mistake::at("values", "values is empty"));
    }
    let truths = values.iter().filter(|value| value.form == Form::Truth).count();
    if truths > 0 && truths < values.len() {
        return Err(Mistake::at("values", "values mixes true/false with other values")
            .hint("YAML reads bare NO, no, off, yes and on as booleans: write \"NO\" in quotes"));
    }
    Ok(values.to_vec())
}

impl Rule for InSet {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let list = statement::constants("in_set", column, &self.values)?;
        // `not in` is NULL, so not a failure, where the value is NULL.
        let not = if self.forbidden { "" } else { "not " };
        Ok(Fragments::failing(format!("{} {not}in ({list})", statement::column(&column.name))))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let not = if self.forbidden { "" } else { "not " };
        Reading::of_rows(figures, format!("{not}in the list of {}", self.values.len()))
    }
}
