//! `row_count_by`, `aggregate_by`: groups of rows with too few rows, or with another figure than expected.
//!
//! `by` names the columns that make the groups; NULL is a group. `row_count_by` takes `min` and `max` rows of a group,
//! `aggregate_by` an `aggregate` (`count`, `sum`, `avg`, `min`, `max`) of a `column`, and `expect`. `failed_rows` counts groups,
//! and so does the total. A group whose figure is NULL fails.

use pgwright_sql::quote_identifier;

use super::expectation::Expectation;
use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::counting(
        "row_count_by",
        "Number of rows of each group",
        &[],
        &["by", "columns", "column", "expect", "min", "max"],
        |check| {
            let by = check.texts("by").map_or_else(|| check.some_columns(), Ok)?;
            read(check, by, None)
        },
    ),
    super::counting(
        "aggregate_by",
        "An aggregate of each group",
        &[],
        &["by", "column", "aggregate", "expect", "min", "max"],
        |check| {
            let by = check.texts("by").ok_or_else(|| Mistake::missing("by", "[region]"))?;
            read(check, by, Some((super::reconcile::aggregate(check)?, check.one_column()?)))
        },
    ),
];

#[derive(Debug)]
struct ByGroup {
    by: Vec<String>,
    of: Option<(&'static str, String)>,
    expectation: Expectation,
}

fn read(
    check: &InlineCheck,
    by: Vec<String>,
    of: Option<(&'static str, String)>,
) -> Result<Box<dyn Rule>, Mistake> {
    if by.is_empty() {
        return Err(Mistake::missing("by", "[region]"));
    }
    Ok(Box::new(ByGroup { by, of, expectation: Expectation::read(check)? }))
}

impl Rule for ByGroup {
    fn columns(&self) -> Vec<&str> {
        self.by.iter().chain(self.of.iter().map(|(_, column)| column)).map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let keys: Vec<String> =
            ground.columns(&self.by)?.iter().map(|column| crate::hash::comparable(column)).collect();
        let figure = match &self.of {
            None => "count(*)".to_owned(),
            Some((function, column)) => {
                format!("{function}({})", statement::column(&ground.column(column)?.name))
            }
        };
        let met = self.expectation.target("g.v", false).unwrap_or_else(|| "true".to_owned());
        let fails = format!("not coalesce({}, false)", met.trim_end_matches("::text"));
        let named: Vec<String> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{key} as {}", quote_identifier(&format!("k{at}"))))
            .collect();
        let groups = format!(
            "from (select {}, {figure} as v from {} group by {}) as g",
            named.join(", "),
            ground.rows,
            keys.join(", ")
        );
        let mut columns = self.by.clone();
        columns.push("found".to_owned());
        let shown: Vec<String> = (0..keys.len()).map(|at| format!("left(g.k{at}::text, 81)")).collect();
        let sample = OwnSample {
            columns,
            sql: format!(
                "select {}, left(g.v::text, 81)\n{groups}\nwhere {fails}\nlimit 10",
                shown.join(", ")
            ),
        };
        Ok(Fragments {
            total: Some(1),
            sample: Some(sample),
            ..Fragments::own(format!(
                "select (count(*) filter (where {fails}))::text, count(*)::text\n{groups}"
            ))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let what = match &self.of {
            None => "row count".to_owned(),
            Some((function, column)) => format!("{function} of {}", statement::shown(column)),
        };
        let groups = figures.count(1).unwrap_or_default();
        Reading::of_rows(
            figures,
            format!(
                "(groups, of {groups}) by {} whose {what} is not {}",
                self.by.join(", "),
                self.expectation.written()
            ),
        )
    }
}
