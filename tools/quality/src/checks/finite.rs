//! `finite`: NaN and infinities, which poison sums and averages and which many programs cannot read.
//!
//! Floats, numerics (which have NaN, and infinities from PostgreSQL 14 on), dates and timestamps. NULL passes.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting("finite", "NaN and infinity", &[], &["column"], read);

#[derive(Debug)]
struct Finite {
    column: String,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(Finite { column: check.one_column()? }))
}

impl Rule for Finite {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        Ok(Fragments::failing(match column.base_type.as_str() {
            "float4" | "float8" => format!("{value} in ('NaN', 'Infinity', '-Infinity')"),
            // Before 14 a numeric could not even be compared with infinity.
            "numeric" => format!("{value}::text in ('NaN', 'Infinity', '-Infinity')"),
            "date" | "timestamp" | "timestamptz" => format!("not isfinite({value})"),
            "int2" | "int4" | "int8" => "false".to_owned(),
            _ => return Err(Fault::wrong_type("finite", column, "it takes numbers, dates and timestamps")),
        }))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "NaN or infinite")
    }
}
