//! The guarded session: `BEGIN READ ONLY`, limits, the extended protocol, row and byte caps.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt;
use pgwright_sql::guard::Admitted;
use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Statement};

use super::Scope;
use super::lease::Lease;
use super::witness::{Judged, Verdict};
use crate::database::Database;
use crate::errors::DatabaseError;
use crate::types::parameters;

/// A session that can only read. Dropping it rolls back and cleans up after the answer has gone out.
#[derive(Debug)]
pub struct ReadSession {
    pub(super) lease: Lease,
    /// Statements that were prepared to be explained, and are prepared still.
    pub(super) left_prepared: AtomicU32,
    /// How callers' statements came through.
    pub(super) verdicts: Mutex<HashMap<String, Verdict>>,
}

/// Rows of a caller's statement, cut at the session's caps.
#[derive(Debug)]
pub struct Capped {
    /// The rows that fitted.
    pub rows: Vec<Row>,
    /// Whether there were more.
    pub truncated: bool,
}

impl ReadSession {
    pub(crate) async fn open(
        database: &Arc<Database>,
        scope: &Scope,
        one_snapshot: bool,
    ) -> Result<Self, DatabaseError> {
        let bound_files = bound_temporary_files(database);
        let unbounded =
            || database.watch().leaves_temporary_files_unbounded(database.limits().temporary_bytes);
        let known = unbounded();
        let begin = begin(database, one_snapshot);
        let begin = if known { format!("{begin}; {bound_files}") } else { begin };
        let opened = Lease::open(database, scope, &begin).await;
        // A role that was a superuser until now may not bound its temporary files any more.
        let lease = opened.inspect_err(|_| {
            if known {
                database.watch().forget()
            }
        })?;
        if !known && unbounded() {
            lease.run("opening a session", |client| client.batch_execute(&bound_files)).await?;
        }
        Ok(Self::on(lease))
    }

    fn on(lease: Lease) -> Self {
        Self { lease, left_prepared: AtomicU32::default(), verdicts: Mutex::default() }
    }

    /// A session of a role that was not looked at: to look at it.
    pub(crate) async fn open_unwatched(
        database: &Arc<Database>,
        scope: &Scope,
    ) -> Result<Self, DatabaseError> {
        let lease = Lease::open_unwatched(database, scope, &begin(database, false)).await?;
        Ok(Self::on(lease))
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Does the work that a caller's statement asks for under the limits of such a statement: on the server, and from
    /// here for what looks at no timeout there.
    pub(super) async fn hurried<T>(
        &self,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let limit = self.database().limits().query();
        let bound = format!("set local statement_timeout = {}", limit.as_millis());
        self.lease
            .run("opening a session", |client| async move { client.batch_execute(&bound).await })
            .await?;
        self.lease.hurry(Some(limit));
        let done = work.await;
        self.lease.hurry(None);
        done
    }

    /// The database this session is connected to.
    pub fn database(&self) -> &Arc<Database> {
        self.lease.database()
    }

    /// Runs one of pgwright's own statements (a `.sql` file) with typed parameters.
    pub async fn query(
        &self,
        sql: &'static str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.lease.run("a catalogue query", |client| client.query_typed(sql, params)).await
    }

    /// Runs a statement of pgwright's own that had to be put together around quoted names, which no `.sql` file can hold.
    pub async fn query_composed(&self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        self.lease.run("a catalogue query", |client| client.query_typed(sql, &[])).await
    }

    async fn run(&self, sql: &Admitted, values: &[Value]) -> Result<Capped, DatabaseError> {
        sql.may_run()?;
        self.judge(sql).await?;
        let statement = self.confirmed(sql, sql.sql()).await?;
        let capped = self.run_statement(&statement, values).await?;
        self.lease.trace().read(capped.rows.len(), capped.rows.iter().map(Row::raw_size_bytes).sum());
        Ok(capped)
    }

    /// What every statement of a caller passes before anything else is done with it.
    pub(super) async fn judge(&self, sql: &Admitted) -> Result<Judged, DatabaseError> {
        self.lease.trace().statement(sql.sql());
        // Its steps are many, and so is what they keep: on the heap, they leave the callers' stacks small.
        Box::pin(self.witness(sql)).await
    }

    /// Bounds the statements to come: each may take so long, or as long as the database's limits say, and little memory for
    /// each of its sorts.
    pub async fn bound(&self, most: Option<Duration>) -> Result<(), DatabaseError> {
        let usual = Duration::from_millis(self.database().limits().statement_ms);
        let most = most.map_or(usual, |most| most.min(usual)).as_millis().max(1);
        let bound =
            format!("set local statement_timeout = {most}; set local work_mem = '8MB'; set local jit = off");
        self.lease.run("a setting", |client| async move { client.batch_execute(&bound).await }).await
    }

    /// More memory for a sort, where the statements to come hold one at a time; until the next [`bound`](Self::bound).
    pub async fn sorting_once(&self) -> Result<(), DatabaseError> {
        let roomy = "set local work_mem = '32MB'";
        self.lease.run("a setting", |client| async move { client.batch_execute(roomy).await }).await
    }

    /// Runs a statement that the guard admitted, with JSON values for its parameters, and reads at most `result_rows` rows
    /// and `result_bytes` bytes of it. One that PostgreSQL refuses leaves the session usable.
    ///
    /// Its values are not masked, so this is for figures that pgwright asks for (counts, shares) in statements that it
    /// wrote itself around a caller's names. A caller's rows come by [`fetch`](Self::fetch).
    pub async fn attempt(&self, sql: &Admitted, values: &[Value]) -> Result<Capped, DatabaseError> {
        self.surviving(self.run(sql, values)).await
    }

    /// Does some work on this session inside a savepoint, so that its failure leaves the session usable. The snapshot
    /// stays the same.
    pub async fn surviving<T>(
        &self,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        self.savepoint("savepoint pgwright_attempt").await?;
        let done = work.await;
        match &done {
            Ok(_) => self.savepoint("release savepoint pgwright_attempt").await?,
            // Nothing more runs on this session.
            Err(DatabaseError::Lost { .. } | DatabaseError::Cancelled | DatabaseError::Deadline { .. }) => {}
            Err(_) => {
                self.savepoint("rollback to savepoint pgwright_attempt; release savepoint pgwright_attempt")
                    .await?;
            }
        }
        done
    }

    async fn savepoint(&self, sql: &'static str) -> Result<(), DatabaseError> {
        self.lease.run("a savepoint", |client| client.batch_execute(sql)).await
    }

    pub(super) async fn run_text(&self, sql: &str, values: &[Value]) -> Result<Capped, DatabaseError> {
        let statement = self.prepare(sql).await?;
        self.run_statement(&statement, values).await
    }

    pub(super) async fn run_statement(
        &self,
        statement: &Statement,
        values: &[Value],
    ) -> Result<Capped, DatabaseError> {
        let params = parameters(values, statement.params())?;
        let limits = self.database().limits();
        let (max_rows, max_bytes) = (limits.result_rows, limits.result_bytes);
        self.lease
            .run("a query", |client| async move {
                let mut stream = pin!(client.query_raw(statement, params).await?);
                let mut capped = Capped { rows: Vec::new(), truncated: false };
                let mut bytes = 0;
                while let Some(row) = stream.try_next().await? {
                    bytes += row.raw_size_bytes();
                    if capped.rows.len() == max_rows || bytes > max_bytes {
                        // What is left unread ends with the session: its connection is closed, not reset.
                        capped.truncated = true;
                        self.lease.give_up_at_the_end();
                        break;
                    }
                    capped.rows.push(row);
                }
                Ok(capped)
            })
            .await
    }

    pub(super) async fn prepare(&self, sql: &str) -> Result<Statement, DatabaseError> {
        self.lease.run("parsing a query", |client| client.prepare(sql)).await
    }

    pub(crate) async fn server_version(&self) -> Result<u32, DatabaseError> {
        let rows = self.query(include_str!("server_version.sql"), &[]).await?;
        let version: i32 = rows.first().map_or(0, |row| row.get(0));
        Ok(u32::try_from(version).unwrap_or_default())
    }
}

/// Only a superuser, or from PostgreSQL 15 on who was granted it, may bound temporary files; other roles bring their own limit.
fn bound_temporary_files(database: &Database) -> String {
    format!("set local temp_file_limit = '{}kB'", kilobytes(database.limits().temporary_bytes))
}

/// As PostgreSQL counts: whole ones, at least one.
fn kilobytes(bytes: u64) -> u64 {
    (bytes / 1_024).clamp(1, i32::MAX as u64)
}

const CATALOGUE_FIRST: &str = include_str!("catalogue_first.sql");

/// The guard reads strings as the standard has them, so the server must too.
fn begin(database: &Database, one_snapshot: bool) -> String {
    let isolation = if one_snapshot { "repeatable read" } else { "read committed" };
    let limits = database.limits();
    format!(
        "begin isolation level {isolation} read only; set local standard_conforming_strings = on; \
         set local statement_timeout = {}; set local lock_timeout = {}; \
         set local idle_in_transaction_session_timeout = {}; {CATALOGUE_FIRST}",
        limits.statement_ms, limits.lock_ms, limits.idle_ms,
    )
}
