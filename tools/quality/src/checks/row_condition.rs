//! `row_condition`: rows for which a condition in SQL does not hold.
//!
//! The condition names columns as they are, without `t.`. Where it is NULL the row passes, as with a CHECK constraint. It
//! runs in a statement of its own, read-only and after the guard has judged it, so that a slow or wrong condition costs
//! only itself.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "row_condition",
    "A condition on each row",
    &["expression", "expression_is_true"],
    &["expression"],
    read,
);

#[derive(Debug)]
struct RowCondition {
    expression: String,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(RowCondition {
        expression: check.needed("expression", "price * quantity = total")?.to_owned(),
    }))
}

impl Rule for RowCondition {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn compile(&self, _: &Ground<'_>) -> Result<Fragments, Fault> {
        let failing = format!("not {}", statement::condition(&self.expression)?);
        Ok(Fragments { failing: Some(Failing::WhereAlone(failing)), quoted: true, ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "for which the condition does not hold")
    }
}
