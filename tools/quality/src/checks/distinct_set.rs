//! `distinct_set`: the values that occur, as a whole, against a list.
//!
//! `match: equal` (the default) expects just the values of the list, `contain` at least these, `within` at most these.
//! NULL is no value. `failed_rows` is absent: the verdict is about the set.

use super::in_set::listed;
use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, Scalar};
use crate::statement;

pub(super) const TYPE: CheckType = super::stating(
    "distinct_set",
    "The set of values that occur",
    &["distinct_values"],
    &["column", "values", "match"],
    read,
);

/// A target for each value.
const MOST: usize = 200;

#[derive(Debug)]
struct DistinctSet {
    column: String,
    values: Vec<Scalar>,
    contain: bool,
    within: bool,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let (contain, within) = match check.text("match") {
        None | Some("equal") => (true, true),
        Some("contain") => (true, false),
        Some("within") => (false, true),
        Some(other) => {
            return Err(Mistake::at("match", format!("match is equal, contain or within here, not {other}")));
        }
    };
    let values = listed(check)?;
    if values.len() > MOST {
        return Err(Mistake::at("values", format!("at most {MOST} values can be looked for")));
    }
    Ok(Box::new(DistinctSet { column: check.one_column()?, values, contain, within }))
}

impl Rule for DistinctSet {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let list = statement::constants("distinct_set", column, &self.values)?;
        let mut targets = vec![format!("(count(*) filter (where {value} not in ({list})))::text")];
        if self.contain {
            for wanted in &self.values {
                let wanted = statement::constants("distinct_set", column, std::slice::from_ref(wanted))?;
                targets.push(format!("coalesce(bool_or({value} = {wanted}), false)::text"));
            }
        }
        Ok(Fragments { targets, ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let Some(others) = figures.count(0) else {
            return Reading::Unknown { evidence: "PostgreSQL gave no count".to_owned() };
        };
        let absent: Vec<String> = self
            .values
            .iter()
            .enumerate()
            .filter(|(at, _)| self.contain && figures.text(at + 1) != Some("true"))
            .map(|(_, value)| statement::shown(&value.text))
            .collect();
        let mut evidence = Vec::new();
        if self.within {
            evidence.push(format!(
                "{} with another value",
                if others == 0 { "no row".to_owned() } else { statement::rows(others) }
            ));
        }
        if self.contain {
            let which = if absent.is_empty() { "none".to_owned() } else { absent.join(", ") };
            evidence.push(format!("missing of the list: {which}"));
        }
        Reading::met((!self.within || others == 0) && absent.is_empty(), evidence.join("; "))
    }
}
