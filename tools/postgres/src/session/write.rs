//! A session that may write, for what the user defined: pipelines, quarantines, pgwright's own state.
//!
//! It opens no transaction by itself: a load decides where its transactions begin and end. What is not committed
//! when it is dropped is rolled back.

use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::Scope;
use super::copy::CopyIn;
use super::lease::Lease;
use crate::database::Database;
use crate::errors::DatabaseError;

/// A session that may write.
#[derive(Debug)]
pub struct WriteSession {
    lease: Lease,
}

impl WriteSession {
    pub(crate) async fn open(database: &Arc<Database>, scope: &Scope) -> Result<Self, DatabaseError> {
        let limits = database.limits();
        let settings = format!(
            "set standard_conforming_strings = on; set lock_timeout = {}; \
             set idle_in_transaction_session_timeout = {}",
            limits.lock_ms, limits.idle_ms,
        );
        let session = Self { lease: Lease::open(database, scope, &settings).await? };
        // A statement may take as long as the session may last: where this process is killed, no longer.
        let left = session.lease.left().as_millis().clamp(1, i32::MAX as u128);
        session.batch(&format!("set statement_timeout = {left}")).await?;
        Ok(session)
    }

    /// The database this session is connected to.
    pub fn database(&self) -> &Arc<Database> {
        self.lease.database()
    }

    /// Runs statements without parameters. Names in them must come from [`crate::types`]' quoting functions.
    pub async fn batch(&self, sql: &str) -> Result<(), DatabaseError> {
        self.lease.run("a statement", |client| client.batch_execute(sql)).await
    }

    /// Runs one statement and returns the number of rows it changed.
    pub async fn execute(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<u64, DatabaseError> {
        self.lease.run("a statement", |client| client.execute_typed(sql, params)).await
    }

    /// Runs one statement and returns its rows.
    pub async fn query(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.lease.run("a statement", |client| client.query_typed(sql, params)).await
    }

    /// Starts `COPY … FROM STDIN`. The table is loaded when [`CopyIn::finish`] returns; dropping it earlier aborts.
    pub async fn copy_in<'a>(&'a self, sql: &'a str) -> Result<CopyIn<'a>, DatabaseError> {
        let sink = self.lease.run("starting COPY", |client| client.copy_in(sql)).await?;
        Ok(CopyIn::new(&self.lease, sink))
    }
}
