//! How a tool fails: in a form that an assistant can act on.

use pgwright_postgres::statements::StatementsError;
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
        let next = match refusal.rule {
            "statement_kind" => "describe_schema {} lists tables and columns; run_query takes one query",
            "syntax_error" => "correct the statement and send it again",
            _ => "send it again with what is allowed in its place",
        };
        Self::new(refusal.rule, refusal.message.clone())
            .hint(format!(
                "line {}, column {}: {}; allowed is {}",
                refusal.line, refusal.column, refusal.excerpt, refusal.allowed
            ))
            .next_step(next)
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
            DatabaseError::Sql { code, message, hint, position } => {
                let place = position.map(|at| format!("at character {at} of the statement"));
                let hint = match (hint, place) {
                    (Some(hint), Some(place)) => Some(format!("{hint} ({place})")),
                    (hint, place) => hint.or(place),
                };
                let next = sql_next_step(&code, &message);
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
                        "describe_schema {\"table\": \"…\"} lists a table's columns".to_owned()
                    }
                    ResolveError::Unknown { nearest, wanted, .. } => {
                        let call = match nearest.first() {
                            Some(table) => serde_json::json!({ "table": table.to_string() }),
                            None => serde_json::json!({ "search": wanted.name }),
                        };
                        format!("describe_schema {call}")
                    }
                    ResolveError::Ambiguous { wanted, .. } => {
                        format!("describe_schema {}", serde_json::json!({ "search": wanted.name }))
                    }
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
            DatabaseError::Interrupted { .. } => {
                known.next_step("send it again, unless somebody wanted it stopped; no limit of pgwright was reached")
            }
            DatabaseError::Parameter { number, .. } => {
                known.hint(format!("params[{}] of the call is ${number}", number - 1))
            }
            DatabaseError::Deadline { .. } => known.hint("narrow the statement, or raise limits.call_ms"),
            DatabaseError::TooLarge { .. } => {
                known.hint("narrow the statement, or raise limits.result_bytes")
            }
            DatabaseError::Lost { .. }
            | DatabaseError::Cancelled
            | DatabaseError::NoRole
            | DatabaseError::Cluster(_)
            | DatabaseError::Unexpected { .. } => known,
        }
    }
}

fn sql_next_step(code: &str, message: &str) -> Option<&'static str> {
    Some(match code {
        "42P01" | "42703" => "describe_schema {\"table\": \"…\"} shows a table's columns",
        "42702" => "qualify it with its table's alias: o.id",
        "42601" => "correct the statement and send it again",
        "42P02" | "42P18" => "give every $n a value in params, or cast it: $1::int",
        "42501" => privilege(message),
        "42883" => function(message),
        "42704" => "correct the name; a type of an extension may need its schema in front",
        "42803" => "add the column to group by, or put it into an aggregate such as max(…)",
        "21000" => "make the subquery give one row: an aggregate, limit 1, or in (…) in place of =",
        "53400" => {
            "narrow the statement: its sorts and hashes wrote more temporary files than limits.temporary_bytes (or the role's own temp_file_limit) lets them"
        }
        "57014" => {
            "it ran into limits.query_ms (or statement_ms) of this database: narrow the statement, or explain it without analyze"
        }
        "22012" => "divide by nullif(x, 0), which gives null where x is 0",
        "2201W" | "2201X" => "limit and offset take numbers from 0 on",
        "2201B" => "correct the regular expression; like, or position(), looks for plain text",
        value if value.starts_with("22") => {
            "check the values, those in params too: each must be readable as the type it is compared with"
        }
        "55P03" => "another session holds a lock; try again shortly",
        _ => return None,
    })
}

/// What a person has to grant, by the kind of object that PostgreSQL names.
fn privilege(message: &str) -> &'static str {
    match message.strip_prefix("permission denied for ").and_then(|rest| rest.split(' ').next()) {
        Some("table" | "view" | "materialized" | "foreign") => {
            "ask for: grant select on it to the configured role"
        }
        Some("schema") => "ask for: grant usage on schema to the configured role",
        Some("function" | "procedure") => "ask for: grant execute on it to the configured role",
        Some("sequence") => "ask for: grant select on the sequence to the configured role",
        _ => "the configured role lacks this privilege; ask for a grant",
    }
}

/// PostgreSQL's word for a function that other databases have.
fn function(message: &str) -> &'static str {
    const FOREIGN: &[(&str, &str)] = &[
        ("ifnull", "write coalesce(a, b)"),
        ("isnull", "write coalesce(a, b), or a is null"),
        ("nvl", "write coalesce(a, b)"),
        ("getdate", "write now()"),
        ("sysdate", "write now()"),
        ("curdate", "write current_date"),
        ("len", "write length(a)"),
        ("datediff", "subtract: date_a - date_b gives days"),
        ("dateadd", "add an interval: a + interval '1 day'"),
        ("date_format", "write to_char(a, 'YYYY-MM-DD')"),
        ("group_concat", "write string_agg(a, ',')"),
        ("charindex", "write position(part in a)"),
        ("iif", "write case when … then … else … end"),
        ("if", "write case when … then … else … end"),
    ];
    let name = message.strip_prefix("function ").and_then(|rest| rest.split_once('(')).map(|(name, _)| name);
    FOREIGN
        .iter()
        .find(|(foreign, _)| name == Some(foreign))
        .map_or("check the name and the types of the arguments, or cast them: a::text", |(_, native)| native)
}

impl From<StatementsError> for ToolError {
    fn from(error: StatementsError) -> Self {
        let known = Self::new(error.code(), error.to_string());
        let known = match error.steps() {
            Some(steps) => known.hint(steps),
            None => known,
        };
        match error {
            StatementsError::Database(error) => error.into(),
            StatementsError::Handle(_)
            | StatementsError::Forgotten { .. }
            | StatementsError::TextLost { .. } => known.next_step("top_queries {}"),
            _ => known.next_step("meanwhile explain_query {\"sql\": \"…\"} takes a statement as text"),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn next(code: &str, message: &str) -> String {
        let (code, message) = (code.to_owned(), message.to_owned());
        let error = ToolError::from(DatabaseError::Sql { code, message, hint: None, position: None });
        error.next_step.unwrap_or_default()
    }

    #[test]
    fn what_failed_is_mended_by_its_own_next_step() {
        for (code, message, step) in [
            ("22012", "division by zero", "nullif(x, 0)"),
            ("2201W", "LIMIT must not be negative", "from 0 on"),
            ("2201X", "OFFSET must not be negative", "from 0 on"),
            ("2201B", "invalid regular expression", "regular expression"),
            ("42702", "column reference \"id\" is ambiguous", "alias"),
            ("42883", "function ifnull(integer, integer) does not exist", "coalesce"),
            ("42883", "function getdate() does not exist", "now()"),
            ("42883", "function len(text) does not exist", "length"),
            ("42883", "operator does not exist: integer = text", "cast"),
            ("42501", "permission denied for table orders", "grant select"),
            ("42501", "permission denied for schema hidden", "grant usage"),
            ("42803", "column must appear in the GROUP BY clause", "group by"),
            ("21000", "more than one row returned by a subquery", "limit 1"),
            ("42704", "type \"citex\" does not exist", "name"),
            ("53400", "temporary file size exceeds temp_file_limit", "limits.temporary_bytes"),
            ("22P02", "invalid input syntax for type integer", "check the values"),
        ] {
            assert!(next(code, message).contains(step), "{code} {message}: {}", next(code, message));
        }
    }

    #[test]
    fn a_refusal_of_the_guard_says_what_comes_next() {
        for (sql, step) in [
            ("describe orders", "describe_schema"),
            ("select from where", "correct the statement"),
            ("delete from orders", "what is allowed"),
        ] {
            let refusal = pgwright_sql::guard::admit(sql).err();
            let next = refusal.and_then(|refusal| ToolError::from_refusal(&refusal).next_step);
            assert!(next.as_deref().is_some_and(|next| next.contains(step)), "{sql}: {next:?}");
        }
    }
}
