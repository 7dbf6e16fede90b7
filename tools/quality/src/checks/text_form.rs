//! `not_empty`, `trimmed`, `casing`: how text is written. NULL passes.
//!
//! `not_empty`: empty text, or nothing but blanks. `trimmed`: blanks at the beginning or the end; the padding of `char(n)` is
//! none. `casing`: text that is not all `lower`, all `upper`, or in `title` case.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::counting("not_empty", "Empty text", &[], &["column"], |check| read(check, Form::Filled)),
    super::counting("trimmed", "Blanks around text", &[], &["column"], |check| read(check, Form::Trimmed)),
    super::counting("casing", "Upper and lower case", &[], &["column", "case"], |check| {
        let form = match check.needed("case", "lower")? {
            "lower" => Form::Cased("lower"),
            "upper" => Form::Cased("upper"),
            "title" => Form::Cased("initcap"),
            other => return Err(Mistake::at("case", format!("case is lower, upper or title, not {other}"))),
        };
        read(check, form)
    }),
];

#[derive(Debug, Clone, Copy)]
enum Form {
    Filled,
    Trimmed,
    /// By this function.
    Cased(&'static str),
}

#[derive(Debug)]
struct TextForm {
    column: String,
    form: Form,
}

fn read(check: &InlineCheck, form: Form) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(TextForm { column: check.one_column()?, form }))
}

impl Rule for TextForm {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let text = statement::text(column)
            .ok_or_else(|| Fault::wrong_type("a form of text", column, "it takes text"))?;
        let trimmed = format!("btrim({text}, {})", statement::BLANKS);
        // Bytes are compared: to a collation that ignores case nothing would be wrong.
        Ok(Fragments::failing(match self.form {
            Form::Filled => format!("{trimmed} = ''"),
            Form::Trimmed => format!("{text} collate \"C\" <> {trimmed} collate \"C\""),
            Form::Cased(function) => format!("{text} collate \"C\" <> {function}({text}) collate \"C\""),
        }))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(
            figures,
            match self.form {
                Form::Filled => "empty or blank",
                Form::Trimmed => "with blanks around them",
                Form::Cased("lower") => "not in lower case",
                Form::Cased("upper") => "not in upper case",
                Form::Cased(_) => "not in title case",
            },
        )
    }
}
