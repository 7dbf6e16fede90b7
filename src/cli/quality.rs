//! `pgwright quality run FILE`: the checks of a document from a script or CI. Exit 0 where they pass or only warn, 1 where one
//! fails, 3 where one could not be evaluated, 2 for a document or arguments that can't be used.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::call::asked;
use super::{Format, UNUSABLE};
use crate::config::{Config, Folders};
use crate::dispatch::Dispatcher;

const FAILED: u8 = 1;
const NOT_EVALUATED: u8 = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Run the checks of a document.
    Run(Run),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// The document: pgwright's YAML, a data contract, or one of dbt, Soda or Great Expectations.
    file: PathBuf,
    /// The database's name in the configuration.
    #[arg(long)]
    database: Option<String>,
    /// The table, `schema.table`, for checks that name none.
    #[arg(long)]
    table: Option<String>,
    /// Show the statements and their cost, and run nothing.
    #[arg(long)]
    dry_run: bool,
    /// Read this share of the rows, e.g. 1%.
    #[arg(long)]
    sample: Option<String>,
    /// Refuse to run beyond this cost, in the planner's units.
    #[arg(long)]
    max_cost: Option<f64>,
    /// Write the results as JUnit XML to this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// text: for people; json: the structured answer.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let Action::Run(options) = options.action;
    let arguments = match arguments(&options, &config.folders) {
        Ok(arguments) => arguments,
        Err(reason) => {
            eprintln!("pgwright: {reason:#}");
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let dispatcher = Dispatcher::new(config);
    let outcome = asked(&dispatcher, "run_quality_check", arguments).await?;
    let answered = match outcome {
        Ok(answered) => answered,
        Err(error) => {
            eprintln!("pgwright: {}", error.render());
            let unusable =
                matches!(error.code.as_str(), "invalid_arguments" | "invalid_document" | "file_refused");
            return Ok(ExitCode::from(if unusable { UNUSABLE } else { NOT_EVALUATED }));
        }
    };
    if let Some(path) = &options.junit {
        let report = junit(&options.file.display().to_string(), &answered.structured);
        std::fs::write(path, report).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let text = match options.format {
        Format::Text => answered.text,
        Format::Json => answered.structured.to_string(),
    };
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("cannot write the answer")?;
    Ok(match answered.structured.get("verdict").and_then(Value::as_str) {
        _ if options.dry_run => ExitCode::SUCCESS,
        Some("pass" | "warn") => ExitCode::SUCCESS,
        Some("fail") => ExitCode::from(FAILED),
        _ => ExitCode::from(NOT_EVALUATED),
    })
}

/// The call's arguments. A document under a configured directory goes by its path: it is the owner's of the data.
fn arguments(options: &Run, folders: &Folders) -> anyhow::Result<Map<String, Value>> {
    let given = |reason: &str| format!("{}: {reason}", options.file.display());
    let path = std::fs::canonicalize(&options.file).with_context(|| given("cannot be read"))?;
    let mut arguments = Map::new();
    if is_configured(&path, folders) {
        arguments.insert("file".to_owned(), json!(path));
    } else {
        let text = std::fs::read_to_string(&path).with_context(|| given("cannot be read"))?;
        arguments.insert("document".to_owned(), text.into());
    }
    let texts = [("database", &options.database), ("table", &options.table), ("sample", &options.sample)];
    for (name, value) in texts {
        arguments.extend(value.clone().map(|value| (name.to_owned(), value.into())));
    }
    arguments.extend(options.max_cost.map(|cost| ("max_cost".to_owned(), json!(cost))));
    arguments.insert("dry_run".to_owned(), options.dry_run.into());
    Ok(arguments)
}

fn is_configured(path: &Path, folders: &Folders) -> bool {
    folders
        .files
        .iter()
        .filter_map(|folder| std::fs::canonicalize(folder).ok())
        .any(|folder| path.starts_with(folder))
}

/// The results as JUnit XML: a suite a table, a case a check; a warning is a case with output, an error is an error.
fn junit(name: &str, answer: &Value) -> String {
    let empty = Vec::new();
    let checks = answer.get("checks").and_then(Value::as_array).unwrap_or(&empty);
    let of = |check: &Value, key: &str| check.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = |verdicts: &[&str]| {
        checks.iter().filter(|check| verdicts.contains(&of(check, "verdict").as_str())).count()
    };
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites><testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        escaped(name),
        checks.len(),
        count(&["fail"]),
        count(&["error"]),
        count(&["unknown"]),
    );
    for check in checks {
        let evidence = escaped(&of(check, "evidence"));
        let inside = match of(check, "verdict").as_str() {
            "fail" => format!("<failure message=\"{evidence}\"/>"),
            "error" => format!("<error message=\"{evidence}\"/>"),
            "unknown" => format!("<skipped message=\"{evidence}\"/>"),
            "warn" => format!("<system-out>warning: {evidence}</system-out>"),
            _ => String::new(),
        };
        let (class, case) = (escaped(&of(check, "table")), escaped(&of(check, "name")));
        let _ = writeln!(xml, "<testcase classname=\"{class}\" name=\"{case}\">{inside}</testcase>");
    }
    xml.push_str("</testsuite></testsuites>\n");
    xml
}

/// Text that may stand in an attribute; what XML cannot hold at all becomes a question mark.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push(' '),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('?')
            }
            plain => escaped.push(plain),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_failures_errors_and_what_was_skipped_apart() {
        let answer = json!({ "checks": [
            { "name": "unique(a)", "table": "t", "verdict": "fail", "evidence": "3 rows \"surplus\" <&>" },
            { "name": "missing(a)", "table": "t", "verdict": "pass", "evidence": "no row NULL" },
            { "name": "sql", "table": "t", "verdict": "error", "evidence": "a\u{1b}b" },
            { "name": "freshness(at)", "table": "t", "verdict": "unknown", "evidence": "no value" },
            { "name": "range(a)", "table": "t", "verdict": "warn", "evidence": "1 row" },
        ]});
        let xml = junit("q.yaml", &answer);
        assert!(xml.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\""), "{xml}");
        assert!(xml.contains("<failure message=\"3 rows &quot;surplus&quot; &lt;&amp;&gt;\"/>"), "{xml}");
        assert!(xml.contains("<testcase classname=\"t\" name=\"missing(a)\"></testcase>"), "{xml}");
        assert!(xml.contains("<error message=\"a?b\"/>"), "{xml}");
    }
}
