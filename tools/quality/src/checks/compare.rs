//! `compare`: rows in which two columns do not stand in the expected relation, such as shipped before ordered.
//!
//! `columns: [a, b]` and `is: "<="`: a row fails when `a <= b` is false. Where one of them is NULL the row passes. NaN is
//! above every number, as PostgreSQL sorts it.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "compare",
    "Two columns compared",
    &["compare_columns"],
    &["columns", "column", "is"],
    read,
);

const OPERATORS: &[(&str, &str)] =
    &[("=", "="), ("!=", "<>"), ("<>", "<>"), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")];

#[derive(Debug)]
struct Compare {
    columns: [String; 2],
    operator: &'static str,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let written = check.needed("is", "\"<=\"")?;
    let (_, operator) = OPERATORS
        .iter()
        .find(|(sign, _)| *sign == written)
        .ok_or_else(|| Mistake::at("is", format!("{written} is none of =, !=, <, <=, >, >=")))?;
    let columns = <[String; 2]>::try_from(check.some_columns()?).map_err(|_| {
        Mistake::at("columns", "compare takes two columns").hint("columns: [ordered_at, shipped_at]")
    })?;
    Ok(Box::new(Compare { columns, operator }))
}

impl Rule for Compare {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let [left, right] = [ground.column(&self.columns[0])?, ground.column(&self.columns[1])?];
        let (left, right) = (statement::column(&left.name), statement::column(&right.name));
        Ok(Fragments::failing(format!("not ({left} {} {right})", self.operator)))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let [left, right] = &self.columns;
        let said = format!(
            "in which {} {} {} does not hold",
            statement::shown(left),
            self.operator,
            statement::shown(right)
        );
        Reading::of_rows(figures, said)
    }
}
