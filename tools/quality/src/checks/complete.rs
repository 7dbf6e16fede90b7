//! `complete`: rows in which some of several columns have no value.
//!
//! With `match: all`, which is the default, a row fails when any of the columns is NULL; with `match: any` it fails when all
//! of them are. Proven without a scan by NOT NULL constraints on all of the columns, or with `any` on one of them.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::subject::Subject;
use crate::{proof, statement};

pub(super) const TYPE: CheckType =
    super::counting("complete", "All or any of several columns", &[], &["columns", "column", "match"], read);

#[derive(Debug)]
struct Complete {
    columns: Vec<String>,
    any: bool,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let any = match check.text("match") {
        None | Some("all") => false,
        Some("any") => true,
        Some(other) => return Err(Mistake::at("match", format!("match is all or any here, not {other}"))),
    };
    Ok(Box::new(Complete { columns: check.some_columns()?, any }))
}

impl Rule for Complete {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let nulls: Vec<String> = ground
            .columns(&self.columns)?
            .iter()
            .map(|column| format!("{} is null", statement::column(&column.name)))
            .collect();
        Ok(Fragments::failing(nulls.join(if self.any { " and " } else { " or " })))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(
            figures,
            if self.any { "without any of the values" } else { "without all of the values" },
        )
    }

    fn proof(&self, subject: &Subject) -> Option<String> {
        let mut proofs = self.columns.iter().map(|column| proof::not_null(subject, column));
        let proven =
            if self.any { proofs.any(|proof| proof.is_some()) } else { proofs.all(|proof| proof.is_some()) };
        proven.then(|| "declared NOT NULL".to_owned())
    }
}
