//! `not_in_future`: dates and timestamps that lie after now.
//!
//! Plain timestamps and dates are read in `time_zone` (UTC by default); `as_of` is another moment than now. Infinity is in the
//! future; NULL passes.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("not_in_future", "Dates that lie in the future", &[], &["column", "time_zone"], read);

#[derive(Debug)]
struct NotInFuture {
    column: String,
    zone: String,
    as_of: Option<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let zone = check.text("time_zone").unwrap_or("UTC").to_owned();
    Ok(Box::new(NotInFuture { column: check.one_column()?, zone, as_of: check.moment()? }))
}

impl Rule for NotInFuture {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let now = statement::now(column, self.as_of.as_deref(), &self.zone)
            .ok_or_else(|| Fault::wrong_type("not_in_future", column, "it takes a date or a timestamp"))?;
        Ok(Fragments::failing(format!("{} > {now}", statement::column(&column.name))))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "in the future")
    }
}
