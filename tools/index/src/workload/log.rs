//! The statements of a server's log, as `csvlog` or `jsonlog` has them: from `log_min_duration_statement`,
//! `log_statement`, or `auto_explain`.
//!
//! Statements that differ in their values only are counted together; a few of each stand for the others, with the values
//! that they had.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use pgwright_contract::ToolError;
use pgwright_sql::analysis::with_values;
use pgwright_sql::without_values;
use serde_json::Value;

use super::Asked;

/// More is read in parts: a log is rotated.
const LARGEST_BYTES: u64 = 512 * 1024 * 1024;
/// Kinds of statements that are told apart.
const MOST_KINDS: usize = 20_000;
/// Of one kind, so many stand for all.
const EXAMPLES: usize = 3;
/// Longer ones are no statements that an application sends often.
const LONGEST_SQL: usize = 100_000;
/// What can be advised on, or counts as upkeep.
const KINDS: &[&str] = &["select", "with", "insert", "update", "delete", "merge", "values", "table"];

/// At most `most` statements that the log has of `database`, those first that took most time.
pub(crate) async fn logged(path: PathBuf, database: String, most: usize) -> Result<Vec<Asked>, ToolError> {
    let read = tokio::task::spawn_blocking(move || read(&path, &database));
    let log = read.await.map_err(|error| ToolError::new("log_file", error.to_string()))??;
    log.asked(most)
}

fn unusable(reason: impl Into<String>) -> ToolError {
    ToolError::new("log_file", format!("the log file {}", reason.into()))
}

fn read(path: &Path, database: &str) -> Result<Log, ToolError> {
    let unreadable = |error: std::io::Error| unusable(format!("could not be read: {}", error.kind()));
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > LARGEST_BYTES {
        return Err(
            unusable("is larger than 512 MB").next_step("name one of the rotated files, or a part of it")
        );
    }
    let mut lines = BufReader::new(file);
    let mut log = Log::default();
    let mut line = Vec::new();
    let mut record = String::new();
    while lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        record.push_str(&String::from_utf8_lossy(&line));
        line.clear();
        if !record.starts_with('{') && record.matches('"').count() % 2 == 1 {
            // A quoted field goes on.
            continue;
        }
        log.lines += 1;
        if let Some(entry) = Entry::read(record.trim_end_matches(['\n', '\r'])) {
            log.entries += 1;
            if entry.database == database {
                log.take(entry);
            }
        }
        record.clear();
    }
    log.finish();
    Ok(log)
}

/// One message of the log.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    database: String,
    session: String,
    message: String,
    detail: String,
}

impl Entry {
    fn read(record: &str) -> Option<Self> {
        if record.starts_with('{') {
            let mut json: Value = serde_json::from_str(record).ok()?;
            let mut text = |key: &str| match json.get_mut(key).map(Value::take) {
                Some(Value::String(text)) => text,
                _ => String::new(),
            };
            return Some(Self {
                database: text("dbname"),
                session: text("session_id"),
                message: text("message"),
                detail: text("detail"),
            });
        }
        let mut fields = fields(record);
        // From 10 to 18 they begin alike.
        (fields.len() > 20).then(|| {
            let mut text = |at: usize| std::mem::take(&mut fields[at]);
            Self { database: text(2), session: text(5), message: text(13), detail: text(14) }
        })
    }
}

/// The fields of one record of CSV.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = record.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => push(&mut fields, '"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => push(&mut fields, other),
        }
    }
    fields
}

fn push(fields: &mut [String], character: char) {
    if let Some(last) = fields.last_mut() {
        last.push(character);
    }
}

/// What one message says of a statement.
#[derive(Debug, PartialEq)]
enum Said {
    /// It ran, and how long, where that is said.
    Ran { sql: String, ms: Option<f64> },
    /// `auto_explain` says so, besides what the server says itself.
    Explained { sql: String, ms: f64 },
    /// How long the session's last statement took.
    Took(f64),
}

fn said(entry: &Entry) -> Option<Said> {
    let message = entry.message.as_str();
    let Some(timed) = message.strip_prefix("duration: ") else {
        return Some(Said::Ran { sql: statement(message, &entry.detail)?, ms: None });
    };
    let (ms, rest) = timed.split_once(" ms")?;
    let ms: f64 = ms.trim().parse().ok()?;
    let rest = rest.trim_start();
    match rest.strip_prefix("plan:") {
        Some(plan) => Some(Said::Explained { sql: explained(plan.trim_start())?, ms }),
        None if rest.is_empty() => Some(Said::Took(ms)),
        None => Some(Said::Ran { sql: statement(rest, &entry.detail)?, ms: Some(ms) }),
    }
}

/// Behind `statement:`, or `execute …:` with its parameters. Parsing and binding are no runs.
fn statement(text: &str, detail: &str) -> Option<String> {
    if let Some(sql) = text.strip_prefix("statement: ") {
        return Some(sql.to_owned());
    }
    let (_, sql) = text.strip_prefix("execute ")?.split_once(": ")?;
    let parameters = detail.get(.."parameters: ".len());
    let parameters = parameters.filter(|start| start.eq_ignore_ascii_case("parameters: "));
    Some(with_parameters(sql, parameters.and_then(|start| detail.get(start.len()..)).unwrap_or_default()))
}

/// The text of a statement in a plan of `auto_explain`, as JSON or as text.
fn explained(plan: &str) -> Option<String> {
    if plan.starts_with('{') {
        let json: Value = serde_json::from_str(plan).ok()?;
        let sql = json.get("Query Text")?.as_str()?;
        let parameters = json.get("Query Parameters").and_then(Value::as_str).unwrap_or_default();
        return Some(with_parameters(sql, parameters));
    }
    let text = plan.strip_prefix("Query Text: ")?;
    // The first line of the plan ends the statement.
    let mut lines: Vec<&str> = text.lines().take_while(|line| !line.contains("  (cost=")).collect();
    let parameters = match lines.last().and_then(|line| line.strip_prefix("Query Parameters: ")) {
        Some(parameters) => {
            lines.pop();
            parameters
        }
        None => "",
    };
    Some(with_parameters(&lines.join("\n"), parameters))
}

/// `$1 = '77', $2 = NULL` in the statement's text; what was cut short in the log is left a parameter.
fn with_parameters(sql: &str, parameters: &str) -> String {
    let mut values = BTreeMap::new();
    let mut rest = parameters;
    while let Some((number, value)) = rest.strip_prefix('$').and_then(|rest| rest.split_once(" = ")) {
        let Ok(number) = number.parse::<u16>() else { break };
        let length = match value.strip_prefix('\'') {
            Some(text) => closing_quote(text).map_or(value.len(), |at| at + 2),
            None => value.find(", $").unwrap_or(value.len()),
        };
        let (value, behind) = value.split_at(length);
        if !value.ends_with("...'") {
            values.insert(number, value.to_owned());
        }
        rest = behind.trim_start_matches(", ");
    }
    with_values(sql, &values).unwrap_or_else(|| sql.to_owned())
}

/// Where a literal ends, past quotes that are doubled.
fn closing_quote(text: &str) -> Option<usize> {
    let mut quotes = text.match_indices('\'').map(|(at, _)| at).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return Some(at);
        }
    }
    None
}

/// Statements that differ in their values only.
#[derive(Debug, Default)]
struct Kind {
    calls: f64,
    ms: f64,
    timed: bool,
    examples: Vec<(String, f64)>,
}

/// What was read of a log.
#[derive(Debug, Default)]
struct Log {
    lines: u64,
    entries: u64,
    kinds: HashMap<String, Kind>,
    /// By session: a statement of which the time is still to come.
    pending: HashMap<String, String>,
    /// By session: what `auto_explain` said last, which the server says again.
    explained: HashMap<String, String>,
}

impl Log {
    fn take(&mut self, entry: Entry) {
        let explained = self.explained.remove(&entry.session);
        match said(&entry) {
            Some(Said::Ran { sql, ms: Some(_) }) if explained.as_ref() == Some(&sql) => {}
            Some(Said::Ran { sql, ms: Some(ms) }) => self.count(sql, Some(ms)),
            Some(Said::Ran { sql, ms: None }) => {
                if let Some(untimed) = self.pending.insert(entry.session, sql) {
                    self.count(untimed, None);
                }
            }
            Some(Said::Explained { sql, ms }) => {
                // The server logged it when it began, and says no more than its time when it ends.
                self.pending.remove(&entry.session);
                self.explained.insert(entry.session, sql.clone());
                self.count(sql, Some(ms));
            }
            Some(Said::Took(ms)) => {
                if let Some(sql) = self.pending.remove(&entry.session) {
                    self.count(sql, Some(ms));
                }
            }
            None => {}
        }
    }

    fn finish(&mut self) {
        for sql in std::mem::take(&mut self.pending).into_values() {
            self.count(sql, None);
        }
    }

    fn count(&mut self, sql: String, ms: Option<f64>) {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        let start = sql.trim_start_matches('(');
        let word: String = start.chars().take_while(char::is_ascii_alphabetic).collect();
        if sql.len() > LONGEST_SQL || !KINDS.contains(&word.to_ascii_lowercase().as_str()) {
            return;
        }
        let key = without_values(sql);
        if self.kinds.len() >= MOST_KINDS && !self.kinds.contains_key(&key) {
            return;
        }
        let kind = self.kinds.entry(key).or_default();
        kind.calls += 1.0;
        kind.ms += ms.unwrap_or(0.0);
        kind.timed |= ms.is_some();
        if let Some((_, calls)) = kind.examples.iter_mut().find(|(known, _)| known == sql) {
            *calls += 1.0;
        } else if kind.examples.len() < EXAMPLES {
            kind.examples.push((sql.to_owned(), 1.0));
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of calls")]
    fn asked(self, most: usize) -> Result<Vec<Asked>, ToolError> {
        if self.entries == 0 && self.lines > 0 {
            return Err(unusable("is neither csvlog nor jsonlog")
                .hint("a person may set log_destination = 'csvlog', or 'jsonlog' from PostgreSQL 15")
                .next_step("name a file that ends in .csv or .json, or give statements"));
        }
        if self.kinds.is_empty() {
            return Err(unusable("has no statement of this database")
                .hint("a person may set log_min_duration_statement, e.g. to '100ms', and wait until statements are logged")
                .next_step("give statements, or source pg_stat_statements"));
        }
        let mut kinds: Vec<(String, Kind)> = self.kinds.into_iter().collect();
        kinds.sort_by(|(a_text, a), (b_text, b)| {
            b.ms.total_cmp(&a.ms).then(b.calls.total_cmp(&a.calls)).then_with(|| a_text.cmp(b_text))
        });
        let mut asked = Vec::new();
        for (_, kind) in kinds {
            if asked.len() + kind.examples.len() > most {
                break;
            }
            let mean_ms = kind.timed.then(|| kind.ms / kind.calls);
            let seen: f64 = kind.examples.iter().map(|(_, calls)| calls).sum();
            asked.extend(kind.examples.into_iter().map(|(sql, calls)| Asked {
                sql,
                calls: Some(kind.calls * calls / seen),
                mean_ms,
            }));
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(message: &str, detail: &str) -> Entry {
        Entry { message: message.into(), detail: detail.into(), session: "s".into(), ..Entry::default() }
    }

    fn sql(message: &str, detail: &str) -> String {
        match said(&entry(message, detail)).unwrap() {
            Said::Ran { sql, .. } | Said::Explained { sql, .. } => sql,
            Said::Took(_) => "took".to_owned(),
        }
    }

    #[test]
    fn statements_are_read_with_their_values() {
        assert_eq!(sql("duration: 1.5 ms  statement: select 1", ""), "select 1");
        assert_eq!(
            sql(
                "duration: 1.5 ms  execute <unnamed>: select * from t where a = $1 and b = $2 and c = $3",
                "parameters: $1 = '7', $2 = 'it''s, $9 = ', $3 = NULL"
            ),
            "select * from t where a = '7' and b = 'it''s, $9 = ' and c = NULL"
        );
        assert_eq!(
            sql("execute a: select $1", "Parameters: $1 = 'it is lo...'"),
            "select $1",
            "what was cut short is no value"
        );
        assert_eq!(
            sql(
                "duration: 9.000 ms  plan:\nQuery Text: select *\nfrom t where a = $1\nQuery Parameters: $1 = '7'\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 7)",
                ""
            ),
            "select *\nfrom t where a = '7'"
        );
        let json = r#"{"Query Text": "select 2", "Plan": {}}"#;
        assert_eq!(sql(&format!("duration: 9.000 ms  plan:\n{json}"), ""), "select 2");
        for other in [
            "duration: 0.1 ms  parse <unnamed>: select 1",
            "duration: 0.1 ms  bind a: select 1",
            "checkpoint starting: time",
        ] {
            assert_eq!(said(&entry(other, "")), None, "{other}");
        }
    }

    #[test]
    fn what_is_logged_twice_is_counted_once() {
        let mut log = Log::default();
        let select = "select * from t where a = 7";
        log.take(entry(
            &format!(
                "duration: 2 ms  plan:\nQuery Text: {select}\nSeq Scan on t  (cost=0..1 rows=1 width=4)"
            ),
            "",
        ));
        log.take(entry(&format!("duration: 3 ms  statement: {select}"), ""));
        log.take(entry(&format!("statement: {select}"), ""));
        log.take(entry("duration: 4 ms", ""));
        log.take(entry("statement: begin", ""));
        log.finish();
        let asked = log.asked(9).unwrap();
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].calls, asked[0].mean_ms), (Some(2.0), Some(3.0)));
    }

    #[test]
    fn values_are_told_apart_and_statements_are_not() {
        let mut log = Log::default();
        for number in [700, 700, 700, 800] {
            log.take(entry(&format!("duration: 1 ms  statement: select * from t where a = {number}"), ""));
        }
        log.take(entry("duration: 2 ms  statement: select b from t", ""));
        let asked = log.asked(9).unwrap();
        let counted: Vec<_> = asked.iter().map(|one| (one.sql.as_str(), one.calls.unwrap())).collect();
        assert_eq!(
            counted,
            [
                ("select * from t where a = 700", 3.0),
                ("select * from t where a = 800", 1.0),
                ("select b from t", 1.0)
            ]
        );
    }

    #[test]
    fn fields_may_hold_quotes_and_ends_of_lines() {
        assert_eq!(fields("a,\"b \"\"c\"\",\nd\",,e"), ["a", "b \"c\",\nd", "", "e"]);
    }
}
