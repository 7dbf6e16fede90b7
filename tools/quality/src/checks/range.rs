//! `range`: rows whose value is below `min` or above `max`; both bounds are in. NULL passes, NaN fails.

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{Form, InlineCheck, Mistake, Scalar};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("range", "Values between bounds", &["between"], &["column", "min", "max"], read);

#[derive(Debug)]
struct Range {
    column: String,
    min: Option<Scalar>,
    max: Option<Scalar>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let (min, max) = (check.scalar("min").cloned(), check.scalar("max").cloned());
    if min.is_none() && max.is_none() {
        return Err(Mistake::missing("min", "0, or max, or both"));
    }
    if let (Some(low), Some(high)) = (&min, &max)
        && let (Ok(low), Ok(high)) = (low.text.parse::<f64>(), high.text.parse::<f64>())
        && low > high
    {
        return Err(Mistake::at("min", "min is above max, so that every row would fail"));
    }
    Ok(Box::new(Range { column: check.one_column()?, min, max }))
}

impl Rule for Range {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        if !column.orderable {
            return Err(Fault::wrong_type("range", column, "its values have no order"));
        }
        let of_numbers =
            |bound: &Option<Scalar>| bound.as_ref().is_some_and(|bound| bound.form == Form::Number);
        if column.category == 'S' && (of_numbers(&self.min) || of_numbers(&self.max)) {
            return Err(Fault::wrong_type(
                "range",
                column,
                "numbers don't compare with text; quote the bounds to compare as text",
            ));
        }
        let value = statement::column(&column.name);
        let mut outside = Vec::new();
        for (bound, operator) in [(&self.min, "<"), (&self.max, ">")] {
            if let Some(bound) = bound {
                outside.push(format!("{value} {operator} {}", statement::constant("range", column, bound)?));
            }
        }
        // PostgreSQL sorts NaN above every number, so that a lone min would let it pass.
        if self.max.as_ref().is_none_or(|max| max.text.eq_ignore_ascii_case("nan"))
            && statement::has_nan(column)
        {
            outside.push(format!("{value} = 'NaN'"));
        }
        Ok(Fragments {
            targets: vec![format!("left(min({value})::text, 81)"), format!("left(max({value})::text, 81)")]
                .into_iter()
                .filter(|_| statement::has_extremes(column))
                .collect(),
            ..Fragments::failing(outside.join(" or "))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let allowed = match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("outside {} to {}", min.text, max.text),
            (Some(min), None) => format!("below {}", min.text),
            (None, max) => format!("above {}", max.as_ref().map_or("", |max| &max.text)),
        };
        let found = figures
            .text(1)
            .zip(figures.text(2))
            .map(|(low, high)| format!("found {} to {}", statement::shown(low), statement::shown(high)));
        match Reading::of_rows(figures, allowed) {
            Reading::Failed { rows, evidence, .. } => Reading::Failed { rows, evidence, seen: found },
            other => other,
        }
    }
}
