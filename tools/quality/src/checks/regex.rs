//! `regex`, `not_regex`: text that a pattern does not match, or matches. PostgreSQL's regular expressions, unanchored; NULL
//! passes.
//!
//! A pattern that says no more than a list, a length or a prefix is rewritten into that, which costs a sixth; the rewriting
//! is exact, or it is not done.

use pgwright_postgres::types::quote_literal;

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::cheaper;
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::counting("regex", "Text that matches a pattern", &["matches"], &["column", "pattern"], |check| {
        read(check, false)
    }),
    super::counting(
        "not_regex",
        "Text that does not match a pattern",
        &["not_matches"],
        &["column", "pattern"],
        |check| read(check, true),
    ),
];

#[derive(Debug)]
struct Regex {
    column: String,
    pattern: String,
    forbidden: bool,
}

fn read(check: &InlineCheck, forbidden: bool) -> Result<Box<dyn Rule>, Mistake> {
    let pattern = check.text("pattern").ok_or_else(|| Mistake::missing("pattern", r"'^[A-Z]{2}-\d+$'"))?;
    if pattern.contains('\0') {
        return Err(Mistake::at("pattern", "pattern holds a NUL character, which text in PostgreSQL cannot"));
    }
    Ok(Box::new(Regex { column: check.one_column()?, pattern: pattern.to_owned(), forbidden }))
}

impl Rule for Regex {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let text = statement::text(column)
            .ok_or_else(|| Fault::wrong_type("regex", column, "a pattern reads text"))?;
        // A collation of its own may have other ideas of equality than the pattern's characters.
        let plain = matches!(column.base_type.as_str(), "text" | "varchar" | "bpchar");
        if let Some(equivalent) = cheaper::matching(&text, &self.pattern).filter(|_| plain) {
            let failing = if self.forbidden { equivalent } else { format!("not ({equivalent})") };
            return Ok(Fragments::failing(failing));
        }
        let pattern = quote_literal(&self.pattern);
        let operator = if self.forbidden { "~" } else { "!~" };
        Ok(Fragments {
            probe: Some(format!("('' ~ {pattern})::text")),
            costly: true,
            ..Fragments::failing(format!("{text} {operator} {pattern}"))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let not = if self.forbidden { "" } else { "not " };
        Reading::of_rows(figures, format!("{not}matching {}", statement::shown(&self.pattern)))
    }
}
