//! What a database error means: one typed error, sorted by SQLSTATE into what to do next.
//!
//! Messages say the operation and the object. DETAIL and CONTEXT are dropped because PostgreSQL quotes row values
//! there, values that class 22 quotes in the message itself are cut, and what a function raises is not repeated.

use pgwright_sql::guard::Refusal;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::resolve::ResolveError;
use crate::session::OutOfReach;

/// Why something asked of a database did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The server could not be reached, or refused the connection.
    #[error("cannot connect to database {database}: {reason}")]
    Connect {
        /// Name from the configuration.
        database: String,
        /// What the server or the network said.
        reason: String,
        /// What usually mends it.
        hint: String,
        /// SQLSTATE, where the server answered at all.
        code: Option<String>,
        /// Whether the same attempt may succeed later.
        retryable: bool,
    },
    /// Every pooled connection was in use for as long as a call may wait.
    #[error("all {size} connections to database {database} are busy (waited {waited_ms} ms)")]
    Busy {
        /// Name from the configuration.
        database: String,
        /// Upper bound of the pool.
        size: usize,
        /// How long the call waited.
        waited_ms: u64,
    },
    /// PostgreSQL refused a statement.
    #[error("{message}")]
    Sql {
        /// SQLSTATE.
        code: String,
        /// The server's primary message, without cell values.
        message: String,
        /// The server's hint, or ours.
        hint: Option<String>,
        /// Where in the statement, counted in characters from 1.
        position: Option<u32>,
    },
    /// The connection broke while a statement ran.
    #[error("the connection to database {database} was lost during {operation}")]
    Lost {
        /// Name from the configuration.
        database: String,
        /// What was running.
        operation: &'static str,
    },
    /// Somebody else cancelled the statement on the server.
    #[error("the statement was cancelled on database {database} by somebody else (pg_cancel_backend)")]
    Interrupted {
        /// Name from the configuration.
        database: String,
    },
    /// The caller cancelled; the statement was cancelled on the server too.
    #[error("cancelled by the caller")]
    Cancelled,
    /// The client-side deadline passed; the connection was given up.
    #[error("no answer from database {database} within {limit_ms} ms")]
    Deadline {
        /// Name from the configuration.
        database: String,
        /// The limit that passed.
        limit_ms: u64,
    },
    /// The role could do harm, and is used where it should not be.
    #[error(
        "role {role} could do harm to the {environment} database {database} ({privileges}), so pgwright does not use it"
    )]
    PrivilegedRole {
        /// Name from the configuration.
        database: String,
        /// Its environment.
        environment: &'static str,
        /// The role.
        role: String,
        /// What it could do: ids of findings with their first evidence.
        privileges: String,
    },
    /// The session's own role is not in the catalogue: it was dropped meanwhile.
    #[error("the role of this session does not exist any more")]
    NoRole,
    /// The guard refused a statement before it was sent.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A statement reaches something in the catalogue that it may not.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// A name that the catalogue does not know, or knows more than once.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The result was larger than the session may hold.
    #[error("the result is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The cap.
        limit_bytes: usize,
    },
    /// A parameter value that does not fit the type PostgreSQL expects.
    #[error("parameter ${number}: {reason}")]
    Parameter {
        /// Counted from 1.
        number: usize,
        /// SQLSTATE.
        code: String,
        /// What is wrong, without the value.
        reason: String,
    },
    /// The private cluster could not be started.
    #[error(transparent)]
    Cluster(#[from] crate::cluster::ClusterError),
    /// The answer was not what this version of PostgreSQL is known to give.
    #[error("unexpected answer from PostgreSQL while reading {what}")]
    Unexpected {
        /// What was being read.
        what: &'static str,
        /// The decoding error.
        #[source]
        source: tokio_postgres::Error,
    },
}

impl DatabaseError {
    /// Sorts a driver error: refused by the server, or lost on the way.
    pub fn from_driver(database: &str, operation: &'static str, error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refused) if is_disconnect(refused.code()) => {
                Self::Lost { database: database.to_owned(), operation }
            }
            Some(refused) => Self::from_refusal(refused),
            None if error.is_closed() || is_io(&error) => {
                Self::Lost { database: database.to_owned(), operation }
            }
            None => Self::Unexpected { what: operation, source: error },
        }
    }

    fn from_refusal(refused: &DbError) -> Self {
        let position = match refused.position() {
            Some(ErrorPosition::Original(position)) => Some(*position),
            _ => None,
        };
        if let Some(number) = parameter(refused).filter(|_| position.is_none() && !is_raised(refused)) {
            let reason = without_values(refused.code(), refused.message());
            return Self::Parameter { number, code: refused.code().code().to_owned(), reason };
        }
        Self::Sql {
            code: refused.code().code().to_owned(),
            message: if is_raised(refused) {
                RAISED.to_owned()
            } else if position.is_none() && is_about_a_name(refused.code()) {
                without_name(refused.message())
            } else {
                without_values(refused.code(), refused.message())
            },
            hint: refused.hint().filter(|_| !is_raised(refused)).map(str::to_owned),
            position,
        }
    }

    /// The same for a statement that was sent behind a prefix of ours: positions count from the statement's own start.
    pub(crate) fn after(mut self, prefix: &str) -> Self {
        if let Self::Sql { position: Some(position), .. } = &mut self {
            let ours = u32::try_from(prefix.chars().count()).unwrap_or_default();
            *position = position.saturating_sub(ours);
        }
        self
    }

    /// SQLSTATE, or pgwright's own code where PostgreSQL gave none.
    pub fn code(&self) -> &str {
        match self {
            Self::Connect { code, .. } => code.as_deref().unwrap_or("08001"),
            Self::Busy { .. } => "53300",
            Self::Sql { code, .. } => code,
            Self::Lost { .. } => "08006",
            Self::Interrupted { .. } | Self::Cancelled | Self::Deadline { .. } => "57014",
            Self::PrivilegedRole { .. } => "privileged_role",
            Self::NoRole => "42704",
            Self::Refused(refusal) => refusal.rule,
            Self::OutOfReach(refused) => refused.rule,
            Self::Resolve(error) => error.code(),
            Self::TooLarge { .. } => "result_too_large",
            Self::Parameter { code, .. } => code,
            Self::Cluster(_) => "private_cluster",
            Self::Unexpected { .. } => "unexpected_answer",
        }
    }

    /// Whether the same call may succeed when it is simply sent again.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Connect { retryable, .. } => *retryable,
            Self::Sql { code, .. } => retryable_state(code),
            Self::Busy { .. } | Self::Lost { .. } | Self::Deadline { .. } | Self::Interrupted { .. } => true,
            _ => false,
        }
    }
}

/// Whether an SQLSTATE names a passing fault: connection trouble, shutdown, serialisation, deadlock, lock waits,
/// too many connections, I/O. Everything else, above all bad data and bad SQL, is permanent.
pub fn retryable_state(code: &str) -> bool {
    code.starts_with("08")
        || matches!(code, "57P01" | "57P02" | "57P03" | "40001" | "40P01" | "53300" | "55P03" | "58030")
}

/// A backend that is shut down or killed under a call: the connection is gone with it.
fn is_disconnect(state: &SqlState) -> bool {
    matches!(
        *state,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
    ) || state.code().starts_with("08")
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

/// Which parameter could not be read: PostgreSQL 14 and newer tell its number, in their CONTEXT, behind words of the server's
/// language and before its value. Where values of rows are told, they stand in quotes.
fn parameter(refused: &DbError) -> Option<usize> {
    if !refused.code().code().starts_with("22") || refused.routine() == Some("exec_stmt_raise") {
        return None;
    }
    let (words, behind) = refused.where_()?.lines().last()?.split_once(" $")?;
    if words.contains('"') {
        return None;
    }
    let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    behind.get(..digits)?.parse().ok()
}

const RAISED: &str = "a function or trigger of the database raised an exception; its text, which may quote rows, is in the \
    server's log";

/// Whether the text is a user's own: PL/pgSQL's RAISE and ASSERT, whatever the SQLSTATE.
fn is_raised(refused: &DbError) -> bool {
    refused.code().code().starts_with("P0")
        || refused.routine().is_some_and(|routine| routine == "exec_stmt_raise")
}

/// Names that the statement itself holds are complained of with their place in it. A complaint without a place is about a
/// value that was cast to the name of something while the statement ran. Privileges are missed without a place too.
fn is_about_a_name(state: &SqlState) -> bool {
    let of_names = matches!(state.code().get(..2), Some("42" | "3D" | "3F"));
    of_names && *state != SqlState::INSUFFICIENT_PRIVILEGE
}

fn without_name(message: &str) -> String {
    let unquoted = without_quoted(message);
    unquoted.split_once(": ").map_or(unquoted.as_str(), |(before, _)| before).to_owned()
}

/// Data exceptions (class 22) tell the offending value: what stands between the quotes is cut with a colon before it. So
/// is a number behind a colon at the end, which exceeded limits (class 54) tell too.
fn without_values(state: &SqlState, message: &str) -> String {
    let unquoted = if state.code().starts_with("22") { without_quoted(message) } else { message.to_owned() };
    match unquoted.rsplit_once(": ") {
        Some((before, value)) if matches!(state.code().get(..2), Some("22" | "54")) && is_number(value) => {
            before.to_owned()
        }
        _ => unquoted,
    }
}

fn without_quoted(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(open), Some(close)) if message[..open].ends_with(": ") && close + 1 == message.len() => {
            message[..open].trim_end_matches([':', ' ']).to_owned()
        }
        (Some(open), Some(close)) if open < close => {
            format!("{}…{}", &message[..open], &message[close + 1..])
        }
        (Some(open), _) => message[..open].trim_end_matches([':', ' ']).to_owned(),
        (None, _) => message.to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    text.trim_start_matches(['-', '+', '.']).starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_from_data_exceptions_and_names_kept_elsewhere() {
        let cut = without_values(
            &SqlState::INVALID_TEXT_REPRESENTATION,
            "invalid input syntax for type integer: \"4111 1111\"",
        );
        assert_eq!(cut, "invalid input syntax for type integer");
        let range = "value \"4111 1111\" is out of range for type integer";
        let cut = without_values(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE, range);
        assert_eq!(cut, "value … is out of range for type integer");
        let cut = without_values(
            &SqlState::PROGRAM_LIMIT_EXCEEDED,
            "requested character too large for encoding: 411111111",
        );
        assert_eq!(cut, "requested character too large for encoding");
        let bytes = "invalid byte sequence for encoding \"UTF8\": 0xe4 0x75";
        let cut = without_values(&SqlState::CHARACTER_NOT_IN_REPERTOIRE, bytes);
        assert_eq!(cut, "invalid byte sequence for encoding …");
        let kept = without_values(&SqlState::UNDEFINED_TABLE, "relation \"orderz\" does not exist");
        assert_eq!(kept, "relation \"orderz\" does not exist");
    }

    #[test]
    fn names_that_were_values_are_cut() {
        assert_eq!(without_name("operator does not exist: hunter2(a,b)"), "operator does not exist");
        assert_eq!(without_name("function \"hunter2\" does not exist"), "function … does not exist");
        assert_eq!(without_name("syntax error in tsquery: \"hunter2 & (\""), "syntax error in tsquery");
        let column = "column \"hunter2\" of relation \"customers\" does not exist";
        assert_eq!(without_name(column), "column … does not exist");
        assert!(is_about_a_name(&SqlState::UNDEFINED_FUNCTION));
        assert!(is_about_a_name(&SqlState::INVALID_SCHEMA_NAME));
        assert!(!is_about_a_name(&SqlState::INSUFFICIENT_PRIVILEGE));
    }

    #[test]
    fn only_passing_faults_are_retryable() {
        for state in ["08006", "57P01", "40001", "40P01", "53300", "55P03"] {
            assert!(retryable_state(state), "{state}");
        }
        for state in ["22P02", "23505", "42P01", "28P01", "21000", "53100", "57014"] {
            assert!(!retryable_state(state), "{state}");
        }
    }
}
