//! A leased connection: every statement races the caller's cancellation and the deadline, and whatever way the lease
//! ends, no query goes on running and no state is left in the connection.
//!
//! ```text
//!   answered   → the lease's end: ROLLBACK, DISCARD ALL, as new? back to the pool   (after the answer)
//!   cancelled  → CancelRequest at once, the connection is dropped              (the backend ends)
//!   dropped mid-statement, deadline, failed clean-up → the same
//! ```

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::time::Instant;
use tokio_postgres::{CancelToken, Error, SimpleQueryMessage};
use tokio_util::sync::CancellationToken;

use super::{Scope, Trace};
use crate::database::{Connection, Database};
use crate::errors::DatabaseError;
use crate::tls::Connector;

/// What a caller's statement may take beyond its limit before its connection is given up: some of PostgreSQL's functions
/// look at no interrupt while they work.
const GRACE: Duration = Duration::from_millis(1_500);
/// How long sending a CancelRequest, or cleaning a connection, may take before the connection is just closed.
const CLEANUP: Duration = Duration::from_secs(5);
const CLIENT_CHECK: &str = "set client_connection_check_interval = 1000";

#[derive(Debug)]
pub(crate) struct Lease {
    database: Arc<Database>,
    /// `None` only while being dropped.
    connection: Option<Object>,
    canceller: Canceller,
    cancel: CancellationToken,
    deadline: Instant,
    limit: Duration,
    /// A nearer deadline, with the statement's limit, while a caller's statement is worked on.
    hurry: Mutex<Option<(Instant, Duration)>>,
    trace: Trace,
    /// A statement was sent and its answer has not been read to the end.
    busy: AtomicBool,
    /// The connection is not worth cleaning.
    spent: AtomicBool,
}

impl Lease {
    /// Checks a connection out and runs `begin` on it, as a role that may be used on this database.
    pub(super) async fn open(
        database: &Arc<Database>,
        scope: &Scope,
        begin: &str,
    ) -> Result<Self, DatabaseError> {
        let lease = Self::open_unwatched(database, scope, begin).await?;
        database.watch().admit(&lease).await?;
        Ok(lease)
    }

    /// The same as whatever role. A pooled connection that turns out to be dead is replaced.
    pub(super) async fn open_unwatched(
        database: &Arc<Database>,
        scope: &Scope,
        begin: &str,
    ) -> Result<Self, DatabaseError> {
        let limit = scope.deadline.unwrap_or_else(|| database.limits().call());
        let mut attempts_left = database.limits().connections + 1;
        loop {
            attempts_left -= 1;
            let lease = Self::check_out(database, scope, limit).await?;
            match lease.begin(begin).await {
                Err(DatabaseError::Lost { .. }) if attempts_left > 0 => database.watch().forget(),
                Err(error) => return Err(error),
                Ok(()) => return Ok(lease),
            }
        }
    }

    async fn check_out(
        database: &Arc<Database>,
        scope: &Scope,
        limit: Duration,
    ) -> Result<Self, DatabaseError> {
        let connection = tokio::select! {
            biased;
            () = scope.cancel.cancelled() => return Err(DatabaseError::Cancelled),
            connection = database.connection() => connection?,
        };
        let Connection { object, tls } = connection;
        Ok(Self {
            canceller: Canceller { token: object.cancel_token(), tls },
            database: Arc::clone(database),
            connection: Some(object),
            cancel: scope.cancel.clone(),
            deadline: Instant::now() + limit,
            limit,
            hurry: Mutex::new(None),
            trace: scope.trace.clone(),
            busy: AtomicBool::new(false),
            spent: AtomicBool::new(false),
        })
    }

    /// Asks the backend to look for its client every second while a query runs, where it can: this process may be
    /// killed and cancel nothing. Then begins.
    async fn begin(&self, begin: &str) -> Result<(), DatabaseError> {
        let checks = self.database.client_checks(|| self.try_client_check()).await?;
        let begin = if checks { &format!("{CLIENT_CHECK}; {begin}") } else { begin };
        self.run("opening a session", |client| client.batch_execute(begin)).await
    }

    /// PostgreSQL 14 and newer can check, unless the platform cannot tell.
    async fn try_client_check(&self) -> Result<bool, DatabaseError> {
        match self.run("opening a session", |client| client.batch_execute(CLIENT_CHECK)).await {
            Ok(()) => Ok(true),
            Err(DatabaseError::Sql { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether nobody held this connection before.
    pub(crate) fn is_new(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| Object::metrics(connection).recycle_count == 0)
    }

    /// How long the lease may still last.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Gives what runs from now on this long in all, with some grace, until told otherwise; never longer than the lease lasts.
    /// It is the `statement_timeout` of the session.
    pub(super) fn hurry(&self, limit: Option<Duration>) {
        let nearer = limit.map(|limit| (Instant::now() + limit + GRACE, limit));
        *self.hurry.lock().unwrap_or_else(PoisonError::into_inner) = nearer;
    }

    /// When what runs is given up, and the limit that has passed then.
    fn until(&self) -> (Instant, Duration) {
        let nearer = *self.hurry.lock().unwrap_or_else(PoisonError::into_inner);
        nearer.filter(|(nearer, _)| *nearer < self.deadline).unwrap_or((self.deadline, self.limit))
    }

    /// Whether PostgreSQL's own timeout can't have ended what began then: the session's is not over yet.
    fn is_within_timeout(&self, began: Instant) -> bool {
        let hurry = *self.hurry.lock().unwrap_or_else(PoisonError::into_inner);
        let timeout =
            hurry.map_or(Duration::from_millis(self.database.limits().statement_ms), |(_, limit)| limit);
        began.elapsed() < timeout
    }

    /// Marks the connection as not worth cleaning: the lease's end cancels what runs on it and closes it.
    pub(super) fn give_up_at_the_end(&self) {
        self.spent.store(true, Ordering::Release);
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Runs one statement to its end, or gives it up.
    pub(crate) async fn run<'a, T, F>(
        &'a self,
        operation: &'static str,
        work: impl FnOnce(&'a tokio_postgres::Client) -> F,
    ) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Some(connection) = &self.connection else {
            return Err(self.lost(operation));
        };
        // A statement that was given up leaves the connection in an unknown state: nothing more runs on it.
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(self.lost(operation));
        }
        let (until, limit) = self.until();
        let began = Instant::now();
        let outcome = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(DatabaseError::Cancelled),
            () = tokio::time::sleep_until(until) => Err(DatabaseError::Deadline {
                database: self.database.name().to_owned(),
                limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            }),
            answer = work(connection) => Ok(answer),
        };
        match outcome {
            Ok(answer) => {
                self.busy.store(false, Ordering::Release);
                answer.map_err(|error| {
                    match DatabaseError::from_driver(self.database.name(), operation, error) {
                        // Not by us, since we would not have waited for the answer.
                        DatabaseError::Sql { code, .. }
                            if code == "57014" && self.is_within_timeout(began) =>
                        {
                            DatabaseError::Interrupted { database: self.database.name().to_owned() }
                        }
                        error => error,
                    }
                })
            }
            Err(given_up) => {
                self.canceller.fire(&self.database);
                Err(given_up)
            }
        }
    }

    fn lost(&self, operation: &'static str) -> DatabaseError {
        DatabaseError::Lost { database: self.database.name().to_owned(), operation }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let given_up = *self.busy.get_mut() || *self.spent.get_mut();
        let canceller = self.canceller.clone();
        if tokio::runtime::Handle::try_current().is_err() {
            drop(Object::take(connection));
            return;
        }
        self.database.cleaning().spawn(async move {
            if given_up || connection.is_closed() {
                canceller.send().await;
                drop(Object::take(connection));
                return;
            }
            let cleaned = tokio::time::timeout(CLEANUP, clean(&connection)).await;
            if !matches!(cleaned, Ok(Ok(true))) {
                tracing::debug!("a session could not be cleaned; its connection is closed");
                canceller.send().await;
                drop(Object::take(connection));
            }
        });
    }
}

/// Ends the transaction and resets the session, then asks whether it is as a new one; all in one round trip.
/// `DISCARD ALL` fails inside a transaction, so its success also proves that none is open.
///
/// The driver prepares look-ups of types that are not built in once a connection, and would miss them: they are prepared again.
async fn clean(connection: &Object) -> Result<bool, Error> {
    let (rolled_back, lookups, discarded, found) = futures_util::join!(
        connection.batch_execute("rollback"),
        connection.simple_query(include_str!("type_lookups.sql")),
        connection.batch_execute("discard all"),
        connection.simple_query(include_str!("as_new.sql")),
    );
    rolled_back.and(discarded)?;
    connection.statement_cache.clear();
    connection.clear_type_cache();
    if !first_column(&found?).eq(["t"]) {
        return Ok(false);
    }
    for lookup in first_column(&lookups?) {
        connection.batch_execute(lookup).await?;
    }
    Ok(true)
}

fn first_column(answer: &[SimpleQueryMessage]) -> impl Iterator<Item = &str> {
    answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten(),
        _ => None,
    })
}

#[derive(Clone)]
struct Canceller {
    token: CancelToken,
    tls: Connector,
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canceller")
    }
}

impl Canceller {
    fn fire(&self, database: &Database) {
        let canceller = self.clone();
        database.cleaning().spawn(async move { canceller.send().await });
    }

    async fn send(&self) {
        // A server that refuses TLS is asked in plain by the driver, as for the connection itself.
        let sent = tokio::time::timeout(CLEANUP, self.token.cancel_query(self.tls.clone())).await;
        if let Ok(Err(error)) = sent {
            tracing::debug!(%error, "the cancel request was not delivered");
        }
    }
}
