//! `length`: text that is shorter than `min` or longer than `max` characters.
//!
//! Characters are counted, not bytes, and `char(n)` without its padding. For `bytea` bytes are counted. NULL passes.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("length", "Length of text", &[], &["column", "min", "max"], read);

#[derive(Debug)]
struct Length {
    column: String,
    min: Option<u32>,
    max: Option<u32>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let bound = |option: &'static str| {
        let whole = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| Mistake::at(option, format!("{option} is a number of characters, not {text}")))
        };
        check.text(option).map(whole).transpose()
    };
    match (bound("min")?, bound("max")?) {
        (None, None) => Err(Mistake::missing("min", "2, or max, or both")),
        (Some(min), Some(max)) if min > max => Err(Mistake::at("min", "min is above max")),
        (min, max) => Ok(Box::new(Length { column: check.one_column()?, min, max })),
    }
}

impl Rule for Length {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let text = match column.base_type.as_str() {
            "bytea" => statement::column(&column.name),
            _ => {
                statement::text(column).ok_or_else(|| Fault::wrong_type("length", column, "it takes text"))?
            }
        };
        let outside = [
            self.min.map(|min| format!("length({text}) < {min}")),
            self.max.map(|max| format!("length({text}) > {max}")),
        ];
        Ok(Fragments::failing(outside.into_iter().flatten().collect::<Vec<_>>().join(" or ")))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let wanted = match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("not {min}"),
            (Some(min), Some(max)) => format!("not {min} to {max}"),
            (Some(min), None) => format!("fewer than {min}"),
            (None, max) => format!("more than {}", max.unwrap_or_default()),
        };
        Reading::of_rows(figures, format!("{wanted} characters long"))
    }
}
