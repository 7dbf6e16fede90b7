//! An assistant at work: a real MCP client whose server is started again when it dies, and what each tool said to a
//! statement.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::corpus::Statement;
use super::scratch::Scratch;
use crate::support::{Client, Configuration, Era, pgwright};

/// Who waits longer gives up: the call is unanswered.
const PATIENCE: Duration = Duration::from_secs(100);

/// Legitimate, and admitted, but nothing that index advice can reason on.
const UNKNOWN_TO_ADVICE: &str = "the advisor's parser does not know";

/// A way to hand a statement to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    RunQuery,
    Explain,
    ExplainAnalyze,
    SuggestIndex,
}

impl Door {
    pub const ALL: [Self; 4] = [Self::RunQuery, Self::Explain, Self::ExplainAnalyze, Self::SuggestIndex];

    /// Whether what comes out of it was read from the database by the statement.
    pub fn runs_it(self) -> bool {
        matches!(self, Self::RunQuery | Self::ExplainAnalyze)
    }

    fn tool(self) -> &'static str {
        match self {
            Self::RunQuery => "run_query",
            Self::Explain | Self::ExplainAnalyze => "explain_query",
            Self::SuggestIndex => "suggest_index",
        }
    }

    fn arguments(self, sql: &str, params: &[Value]) -> Value {
        match self {
            Self::RunQuery => json!({ "sql": sql, "params": params, "limit": 1000, "format": "rows" }),
            Self::Explain => json!({ "sql": sql }),
            Self::ExplainAnalyze => json!({ "sql": sql, "params": params, "analyze": true }),
            Self::SuggestIndex => json!({ "statements": [{ "sql": sql }] }),
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone)]
pub enum Outcome {
    Answered {
        structured: Value,
    },
    /// A tool error with its code.
    Refused {
        code: String,
    },
    /// No answer, a protocol error, or the death of the server.
    Broken,
}

/// A call's outcome with what was seen of it.
#[derive(Debug, Clone)]
pub struct Reply {
    pub door: Door,
    pub outcome: Outcome,
    /// What an assistant reads.
    pub text: String,
    pub bytes: usize,
    pub took: Duration,
}

impl Reply {
    /// Whether the statement went through the guard: PostgreSQL ran it, or refused it in its own words.
    pub fn was_admitted(&self) -> bool {
        match &self.outcome {
            Outcome::Answered { .. } => self.was_answered(),
            Outcome::Refused { code } => is_sqlstate(code),
            Outcome::Broken => false,
        }
    }

    pub fn was_answered(&self) -> bool {
        match &self.outcome {
            // Statements that were refused are told in the answer, beside those that advice knows too little of.
            Outcome::Answered { structured } if self.door == Door::SuggestIndex => {
                let skipped = structured["skipped"].as_array().into_iter().flatten();
                skipped
                    .filter_map(|one| one["reason"].as_str())
                    .all(|reason| reason.starts_with(UNKNOWN_TO_ADVICE))
            }
            Outcome::Answered { .. } => true,
            _ => false,
        }
    }

    /// What was said, short.
    pub fn shown(&self) -> String {
        let outcome = match &self.outcome {
            Outcome::Answered { .. } => "answered",
            Outcome::Refused { code } => code,
            Outcome::Broken => "broken",
        };
        let text: String = self.text.chars().take(160).collect();
        format!("{:?} {outcome}: {}", self.door, text.replace('\n', " / "))
    }
}

fn is_sqlstate(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// A client and its server, replaced when the server dies.
pub struct Assistant {
    configuration: Configuration,
    client: Mutex<Arc<Client>>,
}

impl Assistant {
    /// Works on the scratch cluster as that role; `statement_ms` is the one limit that is not the default.
    pub async fn start(scratch: &Scratch, role: &str, statement_ms: Option<u64>) -> Self {
        let limits =
            statement_ms.map(|ms| format!("    limits: {{ statement_ms: {ms} }}\n")).unwrap_or_default();
        let dsn = scratch.dsn(role);
        let text = format!("databases:\n  trap:\n    dsn: \"{dsn}\"\n    environment: development\n{limits}");
        let configuration = Configuration::new(&text);
        let client = Mutex::new(Arc::new(connect(&configuration).await));
        Self { configuration, client }
    }

    /// Everything the servers have written to standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(log_file(&self.configuration)).unwrap_or_default()
    }

    /// Hands a statement in by every door, all at once.
    pub async fn ask_everywhere(&self, statement: &Statement) -> Vec<Reply> {
        let [run, explain, analyze, suggest] =
            Door::ALL.map(|door| self.ask(door, &statement.sql, &statement.params));
        let (run, explain, analyze, suggest) = tokio::join!(run, explain, analyze, suggest);
        vec![run, explain, analyze, suggest]
    }

    /// Hands a statement in by one door.
    pub async fn ask(&self, door: Door, sql: &str, params: &[Value]) -> Reply {
        let client = Arc::clone(&*self.client.lock().await);
        let started = Instant::now();
        let arguments = door.arguments(sql, params);
        let asking = Arc::clone(&client);
        // A panic of the client's means that what came back was no tool result.
        let call = tokio::spawn(async move { asking.call(door.tool(), arguments).await });
        let answer = tokio::time::timeout(PATIENCE, call).await;
        let took = started.elapsed();
        match answer {
            Ok(Ok(Ok(answer))) => {
                let bytes = answer.text.len() + answer.structured.to_string().len();
                let outcome = Outcome::Answered { structured: answer.structured };
                Reply { door, outcome, text: answer.text, bytes, took }
            }
            Ok(Ok(Err(failure))) => {
                let code = failure.error["code"].as_str().unwrap_or("no code").to_owned();
                let bytes = failure.text.len() + failure.error.to_string().len();
                Reply { door, outcome: Outcome::Refused { code }, text: failure.text, bytes, took }
            }
            Ok(Err(_)) | Err(_) => {
                self.replace(&client).await;
                Reply { door, outcome: Outcome::Broken, text: String::new(), bytes: 0, took }
            }
        }
    }

    async fn replace(&self, broken: &Arc<Client>) {
        let mut current = self.client.lock().await;
        if Arc::ptr_eq(&current, broken) {
            *current = Arc::new(connect(&self.configuration).await);
        }
    }
}

/// The servers' standard error goes to a file, so that it can be searched.
fn log_file(configuration: &Configuration) -> PathBuf {
    configuration.folder().join("stderr")
}

async fn connect(configuration: &Configuration) -> Client {
    let server = pgwright(&["--config", configuration.path(), "serve"]);
    Client::with_stderr_in(&log_file(configuration), server, Era::Sessions).await
}
