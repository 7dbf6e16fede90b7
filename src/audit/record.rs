//! What a record says of a call. Names and counts only: no argument, no parameter's value, no row.

use pgwright_contract::{Access, Answered, Principal, ToolError};
use pgwright_postgres::Footprint;
use pgwright_sql::Fingerprint;
use serde::Serialize;

/// Names that callers chose are kept up to here.
const NAME_CHARACTERS: usize = 80;

/// Whether the call is about to run or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    /// A call that may write is about to run.
    Intent,
    /// A call has ended.
    Call,
}

/// Who called what.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Who {
    principal: &'static str,
    client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    pid: u32,
    tool: String,
}

impl Who {
    pub(super) fn new(principal: &Principal, client: &str, session: Option<&str>, tool: &str) -> Self {
        let principal = match principal {
            Principal::Local => "local",
            Principal::Remote => "remote",
        };
        Self {
            principal,
            client: cut(client),
            session: session.map(cut),
            pid: std::process::id(),
            tool: cut(tool),
        }
    }
}

/// What policy decided about.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Target {
    database: String,
    environment: &'static str,
    access: &'static str,
}

impl Target {
    pub(super) fn new(database: &str, environment: &'static str, access: Access) -> Self {
        Self { database: database.to_owned(), environment, access: access.as_str() }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ending {
    rows: u64,
    bytes: u64,
    rows_written: u64,
    answer_bytes: usize,
    ms: f64,
    /// `ok`, `abandoned` (nobody waited for the answer any more), or the error's code: for a refusal, the rule.
    outcome: String,
}

impl Ending {
    pub(super) fn new(footprint: &Footprint, ms: f64, outcome: Option<&Result<Answered, ToolError>>) -> Self {
        let (outcome, answer_bytes) = match outcome {
            Some(Ok(answered)) => ("ok", answered.text.len()),
            Some(Err(error)) => (error.code.as_str(), error.message.len()),
            None => ("abandoned", 0),
        };
        Self {
            rows: footprint.rows_read,
            bytes: footprint.bytes_read,
            rows_written: footprint.rows_written,
            answer_bytes,
            ms: (ms * 1_000.0).round() / 1_000.0,
            outcome: outcome.to_owned(),
        }
    }
}

/// One record.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    pub(super) time: &'a str,
    pub(super) event: Event,
    /// The record of the intent that this is the end of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<u64>,
    #[serde(flatten)]
    pub(super) who: &'a Who,
    #[serde(flatten)]
    pub(super) target: Option<&'a Target>,
    /// The statements that the call sent or ran, without their values.
    #[serde(skip_serializing_if = "<[Fingerprint]>::is_empty")]
    pub(super) statements: &'a [Fingerprint],
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) statements_omitted: usize,
    #[serde(flatten)]
    pub(super) ending: Option<&'a Ending>,
    /// Calls of this process, before this one, that could not be recorded.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) unrecorded: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn cut(name: &str) -> String {
    name.chars().take(NAME_CHARACTERS).collect()
}
