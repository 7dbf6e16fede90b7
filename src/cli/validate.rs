//! `pgwright validate "SQL"`: would the guard let this statement pass, and why not. Needs no database, so it tells the
//! half that needs none: exit 0 admitted, 1 refused, 2 unusable arguments.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use pgwright_contract::Page;
use pgwright_sql::guard::{self, Admitted, Refusal, StatementKind};
use serde::Serialize;

use super::{Format, UNUSABLE};

const REFUSED: u8 = 1;
/// How much of a line is shown before the place that is refused, and the longest name.
const BEFORE: usize = 40;
const SHOWN: usize = 300;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The statement, or - for standard input.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    sql: Option<String>,
    /// A file that holds the statement.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// text: for people; json: for scripts.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What the guard says of a statement, for scripts.
#[derive(Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Verdict<'a> {
    Admitted {
        /// query, explain or show.
        kind: &'static str,
        /// Whether EXPLAIN runs the query.
        #[serde(skip_serializing_if = "Option::is_none")]
        analyze: Option<bool>,
        relations: Vec<String>,
        functions: Vec<String>,
        /// Those of the functions that only the database can judge.
        judged_by_the_database: Vec<String>,
        types: Vec<String>,
        operators: &'a [String],
        parameters: u16,
    },
    Refused(&'a Refusal),
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let sql = match statement(options) {
        Ok(sql) => sql,
        Err(reason) => {
            eprintln!("pgwright: {reason:#}");
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let judged = guard::admit(&sql);
    let text = match (options.format, &judged) {
        (Format::Text, Ok(admitted)) => admitted_text(admitted),
        (Format::Text, Err(refusal)) => refused_text(&sql, refusal),
        (Format::Json, judged) => serde_json::to_string_pretty(&verdict(judged))?,
    };
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("cannot write the verdict")?;
    Ok(if judged.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn statement(options: &Options) -> anyhow::Result<String> {
    match (&options.file, options.sql.as_deref()) {
        (Some(path), _) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        }
        (None, Some("-")) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            Ok(text)
        }
        (None, sql) => Ok(sql.unwrap_or_default().to_owned()),
    }
}

fn verdict(judged: &Result<Admitted, Refusal>) -> Verdict<'_> {
    match judged {
        Err(refusal) => Verdict::Refused(refusal),
        Ok(admitted) => {
            let (kind, analyze) = match admitted.kind() {
                StatementKind::Query => ("query", None),
                StatementKind::Explain { analyze } => ("explain", Some(analyze)),
                StatementKind::Show => ("show", None),
                StatementKind::Change => ("change", None),
            };
            Verdict::Admitted {
                kind,
                analyze,
                relations: names(admitted.relations()),
                functions: names(admitted.functions()),
                judged_by_the_database: names(admitted.foreign_functions()),
                types: names(admitted.types()),
                operators: admitted.operators(),
                parameters: admitted.parameters(),
            }
        }
    }
}

fn admitted_text(admitted: &Admitted) -> String {
    let mut page = Page::default();
    page.line(match admitted.kind() {
        StatementKind::Query => "admitted: a query that only reads",
        StatementKind::Explain { analyze: false } => "admitted: EXPLAIN, which runs nothing",
        StatementKind::Explain { analyze: true } => "admitted: EXPLAIN ANALYZE, which runs the query",
        StatementKind::Show => "admitted: SHOW of a setting",
        StatementKind::Change => "admitted to be planned: a change of rows, never run",
    });
    if !admitted.relations().is_empty() {
        page.line(format!("reads {}", listed(admitted.relations())));
    }
    let foreign: Vec<_> = admitted.foreign_functions().collect();
    if !foreign.is_empty() {
        page.line(format!("the database must still judge {}", listed(foreign)));
        page.line(
            "  a function of your own runs where databases.<name>.reach.allow_functions lists it, one of an \
             extension where databases.<name>.reach.allow_extensions does",
        );
    }
    page.line("the database also looks at what stands behind views, operators, types and names after dots");
    page.into_text()
}

fn refused_text(sql: &str, refusal: &Refusal) -> String {
    let line = sql.split('\n').nth(index(refusal.line)).unwrap_or_default();
    let start = index(refusal.column).saturating_sub(BEFORE);
    let before: String = line.chars().take(index(refusal.column)).skip(start).collect();
    let before = format!("{}{}", if start > 0 { "…" } else { "" }, Page::data(&before, BEFORE));
    let here = refusal.excerpt.split("\\n").next().unwrap_or_default();

    let mut page = Page::default();
    page.line(format!("refused by {}: {}", refusal.rule, refusal.message));
    page.line(format!("  line {}, column {}", refusal.line, refusal.column));
    page.line(format!("    {before}{here}"));
    page.line(format!("    {}^", " ".repeat(before.chars().count())));
    page.line(format!("allowed is {}", refusal.allowed));
    page.into_text()
}

/// Lines and columns are counted from 1.
fn index(counted: u32) -> usize {
    usize::try_from(counted).unwrap_or(usize::MAX).saturating_sub(1)
}

fn names(names: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

fn listed(listed: impl IntoIterator<Item = impl ToString>) -> String {
    Page::data(&names(listed).join(", "), SHOWN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(sql: &str) -> String {
        refused_text(sql, &guard::admit(sql).unwrap_err())
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(
            refused("select a,\n       pg_sleep(1) from t\nwhere b").trim_end(),
            "refused by function: pg_sleep() may not be called: it waits\n  line 2, column 8\n           pg_sleep(1) from t\n           ^\nallowed is the same query without the wait"
        );
    }

    #[test]
    fn a_place_far_to_the_right_is_shown_with_what_stands_before() {
        let text = refused(&format!("select '{}', pg_sleep(1)", "x".repeat(100)));
        let lines: Vec<&str> = text.lines().collect();
        let caret = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[2].chars().skip(caret).collect::<String>(), "pg_sleep(1)");
        assert!(lines[2].chars().count() < 100, "{}", lines[2]);
    }

    #[test]
    fn what_only_the_database_can_judge_names_the_setting() {
        let text = admitted_text(&guard::admit("select price(id), lower(a) from shop.items").unwrap());
        assert!(text.contains("reads shop.items\n"), "{text}");
        assert!(text.contains("must still judge price\n"), "{text}");
        assert!(text.contains("databases.<name>.reach.allow_functions"), "{text}");
    }
}
