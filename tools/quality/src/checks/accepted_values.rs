//! `accepted_values` (also `in_set`): rows whose value is not in the list. NULL passes.
//!
//! The list is compared by the column's own equality: numbers by value, `char(n)` without its padding.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{Form, InlineCheck, Mistake, Scalar};
use crate::statement;

pub(super) const TYPE: CheckType = CheckType {
    name: "accepted_values",
    aliases: &["in_set"],
    options: &["column", "values", "max_failed"],
    read,
};

#[derive(Debug)]
struct AcceptedValues {
    column: String,
    values: Vec<Scalar>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let values = check.values.clone().ok_or_else(|| Mistake::missing("values", "[new, paid, shipped]"))?;
    if values.is_empty() {
        return Err(Mistake::at("values", "values is empty, so that every row would fail"));
    }
    let truths = values.iter().filter(|value| value.form == Form::Truth).count();
    if truths > 0 && truths < values.len() {
        return Err(Mistake::at("values", "values mixes true/false with other values")
            .hint("YAML reads bare NO, no, off, yes and on as booleans: write \"NO\" in quotes"));
    }
    Ok(Box::new(AcceptedValues { column: check.one_column()?, values }))
}

impl Rule for AcceptedValues {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        if column.category != 'B' && self.values.iter().any(|value| value.form == Form::Truth) {
            let needs = "true and false fit a boolean column only; in YAML write \"NO\" in quotes where text is meant";
            return Err(Fault::wrong_type("accepted_values", column, needs));
        }
        let list: Vec<String> = self
            .values
            .iter()
            .map(|value| statement::constant("accepted_values", column, value))
            .collect::<Result<_, _>>()?;
        // `not in` is NULL, so not a failure, where the value is NULL.
        let failing = format!("{} not in ({})", statement::column(&column.name), list.join(", "));
        Ok(Fragments { failing: Some(Failing::Where(failing)), ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, format!("not in the list of {}", self.values.len()))
    }
}
