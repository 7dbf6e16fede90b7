//! `not_null` (also `missing`): rows in which the column is NULL.
//!
//! Proven without a scan by a valid NOT NULL constraint.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::subject::Subject;
use crate::{proof, statement};

pub(super) const TYPE: CheckType =
    CheckType { name: "not_null", aliases: &["missing"], options: &["column", "max_failed"], read };

#[derive(Debug)]
struct NotNull {
    column: String,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(NotNull { column: check.one_column()? }))
}

impl Rule for NotNull {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let failing = Failing::Where(format!("{} is null", statement::column(&column.name)));
        Ok(Fragments { failing: Some(failing), ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "NULL")
    }

    fn proof(&self, subject: &Subject) -> Option<String> {
        proof::not_null(subject, &self.column)
    }
}
