//! How a run fails, and what its caller is told.

use std::path::PathBuf;
use std::time::Duration;

use pgwright_contract::ToolError;
use pgwright_postgres::DatabaseError;
use uuid::Uuid;

use crate::document::DocumentError;
use crate::layout::Mismatch;
use crate::retry::Transient;
use crate::source::SourceError;

/// Why a pipeline could not run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("no folder of pipelines is configured")]
    NoDirectory,
    #[error("no pipeline named {name}")]
    Unknown { name: String, nearest: Vec<String>, known: Vec<String> },
    #[error("{0}")]
    Input(&'static str),
    #[error("file can't be named by a remote caller")]
    RemoteFile,
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("{}: {}", path.display(), mismatch.reason)]
    Table { path: PathBuf, mismatch: Mismatch },
    #[error("{first} and {second} have different columns, and write: replace loads them together")]
    DifferentColumns { first: String, second: String },
    #[error("pipeline {pipeline} is for {own} only, and database {database} is {environment}")]
    OtherEnvironment { pipeline: String, own: &'static str, database: String, environment: &'static str },
    #[error("database {database} ({environment}) has no pgwright schema to keep the ledger in")]
    NoState { database: String, environment: &'static str },
    #[error("run {id} with this idempotency_key is still under way")]
    UnderWay { id: Uuid },
    #[error(
        "PostgreSQL refused more than {limit} rows of {file}, the last at line {line} ({code}): {message}"
    )]
    TooManyRefusals { file: String, line: u64, limit: u64, code: String, message: String },
    #[error("the run took longer than limits.timeout, {} s", limit.as_secs())]
    Timeout { limit: Duration },
    #[error("this call was not granted to write data")]
    NotGranted,
    #[error("a worker of the run ended unexpectedly")]
    Worker(#[from] tokio::task::JoinError),
}

impl Transient for RunError {
    fn is_transient(&self) -> bool {
        match self {
            // The run's own deadline, or the caller's: it has passed for the next attempt too.
            Self::Database(DatabaseError::Deadline { .. }) => false,
            Self::Database(error) => error.retryable(),
            _ => false,
        }
    }
}

impl RunError {
    /// The run's own bound on the session's deadline, told as what it is.
    pub(crate) fn with_timeout(self, limit: Duration) -> Self {
        match self {
            Self::Database(DatabaseError::Deadline { .. }) => Self::Timeout { limit },
            other => other,
        }
    }

    /// What the caller reads. `run` is named where one was recorded.
    pub(crate) fn into_tool_error(self, run: Option<Uuid>) -> ToolError {
        let message = match run {
            Some(id) => format!("{self} (run {id})"),
            None => self.to_string(),
        };
        let plain = |code: &str, message: String| ToolError::new(code, message);
        match self {
            Self::NoDirectory => plain("no_pipelines", message)
                .hint("set pipelines: DIR in pgwright.yaml, or start pgwright with --pipelines DIR"),
            Self::Unknown { nearest, known, .. } => {
                let names = if nearest.is_empty() { known } else { nearest };
                let hint = if names.is_empty() {
                    "the folder holds no pipeline definition (*.yaml)".to_owned()
                } else {
                    format!("there are: {}", names.join(", "))
                };
                plain("unknown_pipeline", message).hint(hint)
            }
            Self::Input(_) => plain("invalid_arguments", message),
            Self::RemoteFile => plain("not_granted", message).hint("name a pipeline of the configured folder instead"),
            Self::Document(error) => {
                let hint = match &error {
                    DocumentError::Invalid { mistake, .. } => {
                        mistake.hint.clone().unwrap_or_else(|| "correct the definition at that place".to_owned())
                    }
                    DocumentError::Unreadable { source, .. } => source.to_string(),
                };
                let code = match &error {
                    DocumentError::Invalid { .. } => "invalid_definition",
                    DocumentError::Unreadable { .. } => "file_unreadable",
                };
                plain(code, message).hint(hint)
            }
            Self::Source(error) => {
                let known = plain(error.code(), message);
                match error.hint() {
                    Some(hint) => known.hint(hint).next_step("nothing was loaded from this file; mend it and run again"),
                    None => known,
                }
            }
            Self::Database(error) => {
                let next = match &error {
                    DatabaseError::Sql { code, .. } if code.starts_with("23") => {
                        Some("the table's constraint refused the load and nothing of it was published; correct the file and run again")
                    }
                    DatabaseError::Cancelled => Some("files that were finished are kept; run it again to load the rest"),
                    DatabaseError::Lost { .. } => Some("run it again: what was committed is not loaded twice"),
                    _ => None,
                };
                let mut known = ToolError::from(error);
                known.message = message;
                match next {
                    Some(next) => known.next_step(next),
                    None => known,
                }
            }
            Self::Table { mismatch, .. } => {
                let known = plain("contract_mismatch", message);
                match mismatch.hint {
                    Some(hint) => known.hint(hint),
                    None => known,
                }
            }
            Self::DifferentColumns { .. } => {
                plain("contract_mismatch", message).hint("give the files the same header, or write a contract")
            }
            Self::OtherEnvironment { own, database, .. } => plain("other_environment", message)
                .hint(format!(
                    "environment: in its definition says so; databases.{database}.environment says what the database is"
                ))
                .next_step(format!("pass the name of a {own} database as database")),
            Self::NoState { database, .. } => plain("state_missing", message)
                .hint("it is created by itself on development databases only")
                .next_step(format!("run once: pgwright state init --database {database}")),
            Self::UnderWay { .. } => {
                plain("run_under_way", message).hint("wait for it, then send the same call again").retryable(true)
            }
            Self::TooManyRefusals { .. } => plain("too_many_refused", message).hint(
                "if they are duplicates, use write: upsert; else give the contract the rule that these rows break",
            ),
            Self::Timeout { .. } => plain("timeout", message).hint("raise limits.timeout, or load fewer files at once"),
            Self::NotGranted => plain("not_granted", message),
            Self::Worker(_) => plain("internal", message),
        }
    }
}
