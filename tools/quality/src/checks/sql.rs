//! `sql`, `sql_rows`: a query of your own.
//!
//! `sql` gives one number, which `expect` judges: `query: select count(*) from {table} where …`. `sql_rows` gives the failing
//! rows. `{table}` (or `{object}`) stands for the table. The query is one SELECT; the guard admits it, and it runs
//! read-only with its own timeout, in a statement of its own.

use pgwright_postgres::types::quote_relation;

use super::expectation::Expectation;
use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::measuring("sql", "A number by SQL", &["custom_sql"], &["query"], number),
    super::counting("sql_rows", "Failing rows by SQL", &["failed_rows"], &["query"], rows),
];

#[derive(Debug)]
struct Number {
    query: String,
    expectation: Expectation,
}

#[derive(Debug)]
struct Rows {
    query: String,
}

fn number(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let query = query(check, "select count(*) from {table} where shipped_at < created_at")?;
    Ok(Box::new(Number { query, expectation: Expectation::read(check)? }))
}

fn rows(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(Rows { query: query(check, "select * from {table} where shipped_at < created_at")? }))
}

fn query(check: &InlineCheck, example: &str) -> Result<String, Mistake> {
    let query = check.needed("query", example)?.trim().trim_end_matches(';').trim();
    if query.contains(';') && pgwright_sql::guard::admit(query).is_err() {
        return Err(Mistake::at("query", "query is one statement"));
    }
    Ok(query.to_owned())
}

/// The query with the table in the place of its placeholder.
fn filled(query: &str, ground: &Ground<'_>) -> String {
    let table = quote_relation(&ground.subject.table.name);
    query.replace("{table}", &table).replace("{object}", &table)
}

impl Rule for Number {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let query = filled(&self.query, ground);
        let met = self.expectation.target("q.value", false).unwrap_or_else(|| "null".to_owned());
        let own = format!(
            "select left(max(q.value::text), 81), (count(*) = 1)::text, bool_and({})::text\nfrom (\n{query}\n) as q (value)",
            met.trim_end_matches("::text"),
        );
        // Names for columns leave further ones as they are; a scalar refuses them.
        let probe = format!("((select * from (\n{query}\n) as q limit 0) is null)::text");
        Ok(Fragments { quoted: true, probe: Some(probe), ..Fragments::own(own) })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        if figures.text(1) != Some("true") {
            return Reading::Unknown { evidence: "the query does not give just one row".to_owned() };
        }
        super::aggregate::measured(&self.expectation, figures.text(0), figures.text(2), "the query gives")
    }
}

impl Rule for Rows {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let query = filled(&self.query, ground);
        let sample = OwnSample {
            columns: vec!["row".to_owned()],
            sql: format!(
                "select left(q::text, {}) from (\n{query}\n) as q limit 10",
                statement::SHOWN_CHARACTERS + 1
            ),
        };
        Ok(Fragments {
            quoted: true,
            sample: Some(sample),
            ..Fragments::own(format!("select count(*)::text from (\n{query}\n) as q"))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, "that the query gives")
    }
}
