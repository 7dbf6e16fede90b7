//! `regex`: text that the pattern does not match. PostgreSQL's regular expressions, unanchored; NULL passes.

use pgwright_postgres::types::quote_literal;

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    CheckType { name: "regex", aliases: &["matches"], options: &["column", "pattern", "max_failed"], read };

#[derive(Debug)]
struct Regex {
    column: String,
    pattern: String,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let pattern = check.pattern.clone().ok_or_else(|| Mistake::missing("pattern", r"'^[A-Z]{2}-\d+$'"))?;
    if pattern.contains('\0') {
        return Err(Mistake::at("pattern", "pattern holds a NUL character, which text in PostgreSQL cannot"));
    }
    Ok(Box::new(Regex { column: check.one_column()?, pattern }))
}

impl Rule for Regex {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let text = match (column.category, column.base_type.as_str()) {
            // char(n) would be matched with its padding, and an enum has no match operator.
            (_, "bpchar") | ('E', _) => format!("{value}::text"),
            ('S', _) | (_, "citext") => value,
            _ => return Err(Fault::wrong_type("regex", column, "a pattern reads text")),
        };
        let pattern = quote_literal(&self.pattern);
        Ok(Fragments {
            failing: Some(Failing::Where(format!("{text} !~ {pattern}"))),
            probe: Some(format!("('' ~ {pattern})::text")),
            costly: true,
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, format!("not matching {}", statement::shown(&self.pattern)))
    }
}
