//! How a tool fails: in a form that an assistant can act on.

use pgwright_postgres::{DatabaseError, ResolveError, UnknownDatabase};
use pgwright_sql::guard::Refusal;
use serde::Serialize;

use crate::Page;

/// What failed, on what, why, and the next step. Never holds cell values, passwords or connection strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolError {
    /// SQLSTATE, or a name of pgwright's own.
    pub code: String,
    /// What failed, on what.
    pub message: String,
    /// What would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The call to make next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
}

impl ToolError {
    /// An error that repeating the call will not mend.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: shown(message), hint: None, retryable: false, next_step: None }
    }

    /// Adds what would mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(shown(hint));
        self
    }

    /// Adds the call to make next.
    #[must_use]
    pub fn next_step(mut self, next_step: impl Into<String>) -> Self {
        self.next_step = Some(shown(next_step));
        self
    }

    /// Marks it as worth sending again.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// What the guard refused: where, why, and what would be allowed.
    pub fn from_refusal(refusal: &Refusal) -> Self {
        Self::new(refusal.rule, refusal.message.clone()).hint(format!(
            "line {}, column {}: {}; allowed is {}",
            refusal.line, refusal.column, refusal.excerpt, refusal.allowed
        ))
    }

    /// Writes it as the text that an assistant reads.
    pub fn render(&self) -> String {
        let mut page = Page::default();
        page.line(format!("error {}: {}", self.code, self.message));
        if let Some(hint) = &self.hint {
            page.line(format!("hint: {hint}"));
        }
        if let Some(next_step) = &self.next_step {
            page.line(format!("next: {next_step}"));
        }
        if self.retryable {
            page.line("retryable: the same call may succeed");
        }
        page.into_text()
    }
}

/// Errors name tables, columns and files, whose names anybody may have chosen: they cannot start a line of their own.
fn shown(text: impl Into<String>) -> String {
    const LONGEST: usize = 2_000;
    Page::data(&text.into(), LONGEST)
}

impl std::fmt::Display for ToolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ToolError {}

impl From<DatabaseError> for ToolError {
    fn from(error: DatabaseError) -> Self {
        let known = Self::new(error.code(), error.to_string()).retryable(error.retryable());
        match error {
            DatabaseError::Connect { hint, .. } => known.hint(hint),
            DatabaseError::Busy { .. } => {
                known.hint("wait for running calls to end, or raise limits.connections")
            }
            DatabaseError::Sql { code, hint, position, .. } => {
                let place = position.map(|at| format!("at character {at} of the statement"));
                let hint = match (hint, place) {
                    (Some(hint), Some(place)) => Some(format!("{hint} ({place})")),
                    (hint, place) => hint.or(place),
                };
                let next = sql_next_step(&code);
                let known = Self { next_step: next.map(str::to_owned), ..known };
                match hint {
                    Some(hint) => known.hint(hint),
                    None => known,
                }
            }
            DatabaseError::Refused(refusal) => Self::from_refusal(&refusal),
            DatabaseError::OutOfReach(refused) => known
                .hint(refused.hint())
                .next_step("send the statement again without what is named, or ask for the setting"),
            DatabaseError::Resolve(error) => {
                let known = known.next_step(match &error {
                    ResolveError::UnknownColumn { .. } => {
                        "describe_schema {\"table\": \"…\"} lists a table's columns"
                    }
                    _ => "describe_schema {\"search\": \"…\"} finds tables by a word",
                });
                match error.hint() {
                    Some(hint) => known.hint(hint),
                    None => known,
                }
            }
            DatabaseError::PrivilegedRole { database, environment, .. } => known
                .hint(format!(
                    "give it a role of its own: `pgwright roles --environment {environment}` prints the SQL; a person may \
                     also set databases.{database}.allow_privileged_role: true, or pass --allow-privileged-role"
                ))
                .next_step(format!("pgwright doctor --database {database} says what the role could do")),
            DatabaseError::Deadline { .. } => known.hint("narrow the statement, or raise limits.call_ms"),
            DatabaseError::TooLarge { .. } => {
                known.hint("narrow the statement, or raise limits.result_bytes")
            }
            DatabaseError::Lost { .. }
            | DatabaseError::Cancelled
            | DatabaseError::NoRole
            | DatabaseError::Parameter { .. }
            | DatabaseError::Cluster(_)
            | DatabaseError::Unexpected { .. } => known,
        }
    }
}

fn sql_next_step(code: &str) -> Option<&'static str> {
    Some(match code {
        "42P01" | "42703" | "42702" => "describe_schema {\"table\": \"…\"} shows a table's columns",
        "42601" => "correct the statement and send it again",
        "42P02" | "42P18" => "give every $n a value in params, or cast it: $1::int",
        "42501" => "the configured role lacks this privilege; ask for a grant",
        "57014" => {
            "it ran into limits.query_ms (or statement_ms) of this database: narrow the statement, or explain it without analyze"
        }
        value if value.starts_with("22") => {
            "check the values, those in params too: each must be readable as the type it is compared with"
        }
        "55P03" => "another session holds a lock; try again shortly",
        _ => return None,
    })
}

impl From<UnknownDatabase> for ToolError {
    fn from(error: UnknownDatabase) -> Self {
        let known = match &error {
            UnknownDatabase::Name { known, .. } | UnknownDatabase::Unspecified { known } => known.join(", "),
        };
        Self::new("unknown_database", error.to_string())
            .hint(format!("configured: {known}"))
            .next_step("pass one of these names as database")
    }
}
