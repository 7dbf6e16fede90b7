//! `required_if`: rows that must have a value because a condition holds, and have none.
//!
//! `when` is a condition in SQL, such as `status = 'shipped'`; every one of the columns must have a value in the rows for
//! which it holds.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "required_if",
    "A value that a condition requires",
    &[],
    &["column", "columns", "when"],
    read,
);

#[derive(Debug)]
struct RequiredIf {
    columns: Vec<String>,
    when: String,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let when = check.needed("when", "\"status = 'shipped'\"")?.to_owned();
    Ok(Box::new(RequiredIf { columns: check.some_columns()?, when }))
}

impl Rule for RequiredIf {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let nulls: Vec<String> = ground
            .columns(&self.columns)?
            .iter()
            .map(|column| format!("{} is null", statement::column(&column.name)))
            .collect();
        let failing = format!("({}) and {}", nulls.join(" or "), statement::condition(&self.when)?);
        Ok(Fragments { failing: Some(Failing::WhereAlone(failing)), quoted: true, ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "without a value that the condition requires")
    }
}
