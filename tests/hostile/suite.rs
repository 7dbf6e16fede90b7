//! Every statement of the corpora through every door, and what the cluster looks like afterwards.

use std::fmt;
use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::assistant::{Assistant, Door, Outcome, Reply};
use super::corpus::{self, Statement};
use super::scratch::{CANARIES, Scratch};

/// The largest reply that may come back.
pub const MOST_BYTES: usize = 1_000_000;

/// What a corpus came to.
#[derive(Debug, Default)]
pub struct Score {
    pub statements: usize,
    pub calls: usize,
    /// Statements that did what they must not, or were not answered as they should be.
    pub failures: Vec<String>,
    pub broken_calls: usize,
    pub oversized: usize,
    pub largest_bytes: usize,
    /// The longest call of each statement, with its name.
    pub times: Vec<(Duration, String)>,
    /// Statements that no door let through.
    pub refused: usize,
}

impl Score {
    /// How many of the statements are as they should be.
    #[allow(clippy::cast_precision_loss)]
    pub fn share(&self) -> f64 {
        (self.statements - self.failures.len()) as f64 / self.statements as f64
    }

    fn count(&mut self, statement: &Statement, replies: &[Reply]) -> Vec<String> {
        self.statements += 1;
        self.calls += replies.len();
        self.refused += usize::from(!replies.iter().any(Reply::was_admitted));
        let mut faults = Vec::new();
        for reply in replies {
            if matches!(reply.outcome, Outcome::Broken) {
                self.broken_calls += 1;
                faults.push(format!("{:?}: no answer", reply.door));
            }
            if reply.bytes > MOST_BYTES {
                self.oversized += 1;
                faults.push(format!("{:?}: {} bytes", reply.door, reply.bytes));
            }
            self.largest_bytes = self.largest_bytes.max(reply.bytes);
        }
        if let Some(longest) = replies.iter().max_by_key(|reply| reply.took) {
            let name = format!("{}/{} {:?}", statement.category, statement.name, longest.door);
            self.times.push((longest.took, name));
        }
        faults
    }

    fn judge(&mut self, statement: &Statement, faults: Vec<String>) {
        if !faults.is_empty() {
            let sql: String = statement.sql.escape_debug().take(200).collect();
            self.failures.push(format!(
                "{}/{}: {sql}\n    {}",
                statement.category,
                statement.name,
                faults.join("\n    ")
            ));
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.times.clone();
        times.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
        let slowest: Vec<String> =
            times.iter().take(8).map(|(took, name)| format!("{:.1} s {name}", took.as_secs_f64())).collect();
        write!(
            f,
            "{} of {} statements as they should be ({:.1} %), {} calls, {} refused by the guard, {} broken, largest reply {} bytes, slowest {}",
            self.statements - self.failures.len(),
            self.statements,
            self.share() * 100.0,
            self.calls,
            self.refused,
            self.broken_calls,
            self.largest_bytes,
            slowest.join(", "),
        )
    }
}

/// Hostile statements: refused, or without effect; no secret in any reply.
pub async fn attack(scratch: &Scratch, assistant: &Assistant, wanted: impl Fn(&Statement) -> bool) -> Score {
    let mut score = Score::default();
    let mut before = scratch.look().await;
    let thorough = scratch.look_thoroughly().await;
    let statements = corpus::read("hostile", scratch.major, scratch.places());
    for statement in statements.iter().filter(|statement| wanted(statement)) {
        let replies = assistant.ask_everywhere(statement).await;
        let mut faults = score.count(statement, &replies);
        for reply in &replies {
            // Some of PostgreSQL's messages fold what they repeat.
            let whole = format!("{} {}", reply.text, answer(reply)).to_uppercase();
            if CANARIES.iter().any(|canary| whole.contains(canary)) {
                faults.push(format!("a secret in {}", reply.shown()));
            }
            if statement.must_be_refused && reply.door.runs_it() && reply.was_answered() {
                faults.push(format!("must be refused: {}", reply.shown()));
            }
        }
        let changes = scratch.changes_since(&mut before).await;
        if !changes.is_empty() {
            faults.push(format!("changed {}", changes.join("; ")));
            faults.extend(replies.iter().map(Reply::shown));
            scratch.fill_in_victims().await;
            before = scratch.look().await;
        }
        score.judge(statement, faults);
    }
    let rows: Vec<String> = scratch
        .look_thoroughly()
        .await
        .differences(&thorough)
        .into_iter()
        .filter(|change| change.starts_with("rows of"))
        .collect();
    if !rows.is_empty() {
        score.failures.push(format!("in the end: {}", rows.join("; ")));
    }
    if CANARIES.iter().any(|canary| assistant.log().contains(canary)) {
        score.failures.push("a secret in the log".to_owned());
    }
    score
}

/// Legitimate statements: answered by every door that takes them, and with what PostgreSQL says without us.
pub async fn ask_as_an_analyst(scratch: &Scratch, assistant: &Assistant, role: &str) -> Score {
    let mut score = Score::default();
    let plain = scratch.connection_of(role).await;
    for statement in corpus::read("legitimate", scratch.major, scratch.places()) {
        let replies = if statement.is_bare_query() {
            assistant.ask_everywhere(&statement).await
        } else {
            vec![assistant.ask(Door::RunQuery, &statement.sql, &statement.params).await]
        };
        let mut faults = score.count(&statement, &replies);
        faults.extend(replies.iter().filter(|reply| !reply.was_answered()).map(Reply::shown));
        if let Some(Reply { outcome: Outcome::Answered { structured }, .. }) = replies.first() {
            let shown = structured["rows"].as_array().map_or(0, Vec::len);
            let expected = match statement.rows {
                Some(rows) => Some(rows),
                None if statement.varies || !statement.params.is_empty() => None,
                None => rows_without_us(&plain, &statement).await,
            };
            if expected.is_some_and(|expected| expected != shown) {
                faults.push(format!("{shown} rows, not {expected:?}"));
            }
            let first = match &structured["rows"][0][0] {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if statement.is.as_ref().is_some_and(|is| *is != first) {
                faults.push(format!("{first}, not {:?}", statement.is));
            }
        }
        score.judge(&statement, faults);
    }
    score
}

async fn rows_without_us(plain: &tokio_postgres::Client, statement: &Statement) -> Option<usize> {
    let messages = plain.simple_query(&statement.sql).await.ok()?;
    let is_plan = !statement.is_bare_query() && statement.sql.trim_start().starts_with("explain");
    (!is_plan)
        .then(|| messages.iter().filter(|message| matches!(message, SimpleQueryMessage::Row(_))).count())
}

fn answer(reply: &Reply) -> String {
    match &reply.outcome {
        Outcome::Answered { structured } => structured.to_string(),
        _ => String::new(),
    }
}
