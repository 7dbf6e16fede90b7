//! Statements that the server ran, as `pg_stat_statements` counted them: ranked, or one by its handle.
//!
//! The extension may live in any schema, and its columns differ between versions. Texts are shown without values: it
//! leaves some in. What this role may not see is counted and said.

mod handle;

use pgwright_sql::{quote_identifier, without_values};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

pub use self::handle::{Handle, HandleError};
use crate::errors::DatabaseError;
use crate::session::ReadSession;

/// The first version with the figures that are read.
const OLDEST: (u32, u32) = (1, 8);

/// Why statements can't be told. Each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    /// The extension is not in this database.
    #[error("pg_stat_statements is not installed in database {database}")]
    NotInstalled {
        /// PostgreSQL's name of it.
        database: String,
        /// Whether the server has loaded its library.
        loaded: bool,
    },
    /// It is in the database, but the server does not count.
    #[error("pg_stat_statements is installed in database {database}, but the server did not load it")]
    NotLoaded {
        /// PostgreSQL's name of it.
        database: String,
    },
    /// Installed by an old server, and never updated.
    #[error("pg_stat_statements in database {database} is of version {version}; 1.8 or newer is needed")]
    Outdated {
        /// PostgreSQL's name of it.
        database: String,
        /// What is installed.
        version: String,
    },
    /// This role may not read the view.
    #[error("this role may not read {home}.pg_stat_statements")]
    NotReadable {
        /// The schema of the extension.
        home: String,
    },
    /// A handle that is none, or one of another database.
    #[error(transparent)]
    Handle(#[from] HandleError),
    /// No such statement, any more.
    #[error("no statement {handle} is counted in database {database}")]
    Forgotten {
        /// As it was given.
        handle: Handle,
        /// PostgreSQL's name of it.
        database: String,
    },
    /// The server lost its file of texts.
    #[error(
        "the text of {handle} is lost: pg_stat_statements counts the statement, and does not know how it reads"
    )]
    TextLost {
        /// As it was given.
        handle: Handle,
    },
    /// Something else.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl StatementsError {
    /// SQLSTATE, or a name of pgwright's own.
    pub fn code(&self) -> &str {
        match self {
            Self::NotInstalled { .. } | Self::NotLoaded { .. } | Self::Outdated { .. } => {
                "no_statement_statistics"
            }
            Self::NotReadable { .. } => "42501",
            Self::Handle(_) => "invalid_arguments",
            Self::Forgotten { .. } | Self::TextLost { .. } => "unknown_handle",
            Self::Database(error) => error.code(),
        }
    }

    /// The steps that mend it.
    pub fn steps(&self) -> Option<String> {
        const PRELOAD: &str = "add pg_stat_statements to shared_preload_libraries (in postgresql.conf, or the parameter group \
                               of a managed service) and restart the server";
        Some(match self {
            Self::NotInstalled { database, loaded: true } => format!(
                "a person may run in {database}: create extension pg_stat_statements; the server has loaded it already"
            ),
            Self::NotInstalled { database, loaded: false } => {
                format!("1. {PRELOAD}; 2. in {database}: create extension pg_stat_statements; then statements are counted")
            }
            Self::NotLoaded { .. } => format!("{PRELOAD}; then statements are counted"),
            Self::Outdated { database, .. } => {
                format!("a person may run in {database}: alter extension pg_stat_statements update")
            }
            Self::NotReadable { home } => format!(
                "a person may run: grant usage on schema {home} to, and grant select on {home}.pg_stat_statements to, the \
                 configured role; `pgwright roles` prints all that it needs"
            ),
            Self::Forgotten { .. } => {
                "its counters were reset, it was evicted, or the server's version changed; top_queries has those of now"
                    .to_owned()
            }
            Self::TextLost { .. } => "send its SQL, or reset the counters with pg_stat_statements_reset()".to_owned(),
            Self::Handle(_) | Self::Database(_) => return None,
        })
    }
}

/// What statements are ranked by, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankedBy {
    /// Time of all executions.
    TotalMs,
    /// Time of one execution on average.
    MeanMs,
    /// Time of the slowest execution.
    MaxMs,
    /// Executions.
    Calls,
    /// Rows given or changed.
    Rows,
    /// Bytes that were not in shared buffers.
    ReadBytes,
    /// Bytes written to temporary files.
    TempBytes,
    /// Bytes of write-ahead log.
    WalBytes,
}

impl RankedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::TotalMs => "total_ms",
            Self::MeanMs => "mean_ms",
            Self::MaxMs => "max_ms",
            Self::Calls => "calls",
            Self::Rows => "rows",
            Self::ReadBytes => "read_bytes",
            Self::TempBytes => "temp_bytes",
            Self::WalBytes => "wal_bytes",
        }
    }
}

/// One statement with everything that was counted of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// By which it is found again.
    pub handle: Handle,
    /// Its text without values.
    pub sql: String,
    /// How often it ran to its end.
    pub calls: u64,
    /// Time of all executions.
    pub total_ms: f64,
    /// Time of the fastest.
    pub min_ms: f64,
    /// Time of the slowest.
    pub max_ms: f64,
    /// Rows given or changed, of all executions.
    pub rows: u64,
    /// Time of planning; nothing where the server does not count it.
    pub planning_ms: Option<f64>,
    /// Time of reading and writing files; nothing where the server does not measure it.
    pub io_ms: Option<f64>,
    /// Bytes found in shared buffers.
    pub hit_bytes: u64,
    /// Bytes that had to be read.
    pub read_bytes: u64,
    /// Bytes written to temporary files.
    pub temp_bytes: u64,
    /// Bytes of write-ahead log.
    pub wal_bytes: f64,
}

/// Statements that can't be shown one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Aside {
    /// How many.
    pub count: u64,
    /// Time of all their executions.
    pub total_ms: f64,
}

/// The first statements of a database, and what was not told of the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Most first.
    pub statements: Vec<Counted>,
    /// All that could be shown: statements with rows, of users.
    pub shown_of: Aside,
    /// Of other roles; this one may not see them.
    pub hidden: Aside,
    /// COPY, CALL, VACUUM and the like.
    pub utility: Aside,
    /// On the catalogue: of pgwright, of monitors, of drivers.
    pub catalogue: Aside,
    /// Whose text the server lost.
    pub lost: Aside,
    /// When the counters were last reset, in UTC; nothing where the server does not say (before PostgreSQL 14).
    pub since: Option<String>,
    /// Seconds since then.
    pub age_s: Option<f64>,
    /// How often statements had to be forgotten since, for want of room.
    pub evicted: u64,
}

impl Ranking {
    /// Time of everything that the server counted in this database, statements within statements once.
    pub fn total_ms(&self) -> f64 {
        [self.shown_of, self.hidden, self.utility, self.catalogue, self.lost]
            .iter()
            .map(|kind| kind.total_ms)
            .sum()
    }
}

/// `pg_stat_statements` of one database, where it can be read.
#[derive(Debug)]
pub struct Statements<'s> {
    session: &'s ReadSession,
    home: String,
    has_info: bool,
    sees_all: bool,
    database: u32,
    database_name: String,
}

impl<'s> Statements<'s> {
    /// Looks for it.
    pub async fn of(session: &'s ReadSession) -> Result<Self, StatementsError> {
        let rows = session.query(include_str!("place.sql"), &[]).await?;
        let Some(row) = rows.first() else { return Err(DatabaseError::NoRole.into()) };
        let database: String = row.get("database_name");
        let (home, version): (Option<String>, Option<String>) = (row.get("home"), row.get("version"));
        let loaded = row.get("loaded");
        let Some((home, version)) = home.zip(version) else {
            return Err(StatementsError::NotInstalled { database, loaded });
        };
        if !loaded {
            return Err(StatementsError::NotLoaded { database });
        }
        if number(&version) < OLDEST {
            return Err(StatementsError::Outdated { database, version });
        }
        if !row.get::<_, bool>("readable") {
            return Err(StatementsError::NotReadable { home });
        }
        Ok(Self {
            session,
            home: quote_identifier(&home),
            has_info: row.get("has_info"),
            sees_all: row.get("sees_all"),
            database: row.get("database"),
            database_name: database,
        })
    }

    /// Whether this role sees the statements of all others.
    pub fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// The first statements by that figure.
    pub async fn ranked(&self, by: RankedBy, most: u16) -> Result<Ranking, StatementsError> {
        let mut ranking = Ranking::default();
        if self.has_info {
            let window = self.query(include_str!("window.sql"), &[]).await?;
            if let Some(row) = window.first() {
                ranking.since = row.get("since");
                ranking.age_s = row.get("age_s");
                ranking.evicted = unsigned(row.get("evicted"));
            }
        }
        let (by, most) = (by.as_str(), i64::from(most));
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&self.database, Type::OID), (&by, Type::TEXT), (&most, Type::INT8)];
        for row in self.query(include_str!("ranked.sql"), params).await? {
            let aside = Aside { count: unsigned(row.get("kind_count")), total_ms: row.get("kind_ms") };
            match row.get("kind") {
                "statement" => {
                    ranking.shown_of = aside;
                    ranking.statements.push(self.counted(&row));
                }
                "hidden" => ranking.hidden = aside,
                "utility" => ranking.utility = aside,
                "catalogue" => ranking.catalogue = aside,
                _ => ranking.lost = aside,
            }
        }
        Ok(ranking)
    }

    /// The statement of that handle: its text without values, how often it ran and how long that took.
    pub async fn named(&self, handle: &Handle) -> Result<(String, Recorded), StatementsError> {
        if handle.database != self.database {
            let database = self.database_name.clone();
            return Err(HandleError::Elsewhere { handle: handle.clone(), database }.into());
        }
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&self.database, Type::OID), (&handle.statement, Type::INT8)];
        let rows = self.query(include_str!("named.sql"), params).await?;
        let Some(row) = rows.first() else {
            let database = self.database_name.clone();
            return Err(StatementsError::Forgotten { handle: handle.clone(), database });
        };
        let text: Option<&str> = row.get("query");
        let text = text.ok_or_else(|| StatementsError::TextLost { handle: handle.clone() })?;
        let (calls, total_ms) = (unsigned(row.get("calls")), row.get("total_ms"));
        Ok((without_values(text), Recorded { calls, total_ms, max_ms: row.get("max_ms") }))
    }

    fn counted(&self, row: &Row) -> Counted {
        let bytes = |name: &str| unsigned(row.get(name));
        let measured = |name: &str| row.get::<_, Option<f64>>(name).filter(|ms| *ms > 0.0);
        Counted {
            handle: Handle { database: self.database, statement: row.get("queryid") },
            sql: without_values(row.get("query")),
            calls: bytes("calls"),
            total_ms: row.get("total_ms"),
            min_ms: row.get("min_ms"),
            max_ms: row.get("max_ms"),
            rows: bytes("rows"),
            planning_ms: measured("planning_ms"),
            io_ms: measured("io_ms"),
            hit_bytes: bytes("hit_bytes"),
            read_bytes: bytes("read_bytes"),
            temp_bytes: bytes("temp_bytes"),
            wal_bytes: row.get("wal_bytes"),
        }
    }

    async fn query(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StatementsError> {
        let sql = sql.replace("{{home}}", &self.home);
        let lease = self.session.lease();
        Ok(lease
            .run("reading pg_stat_statements", |client| async move { client.query_typed(&sql, params).await })
            .await?)
    }
}

/// What was counted of one statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recorded {
    /// How often it ran to its end.
    pub calls: u64,
    /// Time of all executions.
    pub total_ms: f64,
    /// Time of the slowest.
    pub max_ms: f64,
}

/// `1.10` is newer than `1.9`.
fn number(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert!(number("1.10") > number("1.9") && number("1.7") < OLDEST && number("1.8") >= OLDEST);
    }
}
