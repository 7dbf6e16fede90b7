//! `missing`: rows without a value in the column.
//!
//! A row fails when the column is NULL; with `values` also when it holds one of these, with `blank: true` also when it is
//! empty or holds nothing but blanks. Proven without a scan by a valid NOT NULL constraint, as long as only NULL counts.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, Scalar};
use crate::subject::Subject;
use crate::{proof, statement};

pub(super) const TYPE: CheckType =
    super::counting("missing", "Missing values", &["not_null"], &["column", "values", "blank"], read);

#[derive(Debug)]
struct Missing {
    column: String,
    values: Vec<Scalar>,
    blank: bool,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let values = check.list("values").unwrap_or_default().to_vec();
    Ok(Box::new(Missing {
        column: check.one_column()?,
        values,
        blank: check.truth("blank")?.unwrap_or(false),
    }))
}

impl Rule for Missing {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn steers(&self) -> bool {
        !self.values.is_empty()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let mut missing = vec![format!("{value} is null")];
        if !self.values.is_empty() {
            missing.push(format!("{value} in ({})", statement::constants("missing", column, &self.values)?));
        }
        if self.blank {
            let text = statement::text(column).unwrap_or_else(|| format!("{value}::text"));
            missing.push(format!("btrim({text}, {}) = ''", statement::BLANKS));
        }
        Ok(Fragments::failing(missing.join(" or ")))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let more =
            if self.blank || !self.values.is_empty() { "NULL or standing for nothing" } else { "NULL" };
        Reading::of_rows(figures, more)
    }

    fn proof(&self, subject: &Subject) -> Option<String> {
        if self.blank || !self.values.is_empty() {
            return None;
        }
        proof::not_null(subject, &self.column)
    }
}
