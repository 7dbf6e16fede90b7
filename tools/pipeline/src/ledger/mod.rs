//! What was loaded and what ran: `pgwright.loads` and `pgwright.runs` in the target's own database, so that a load and
//! its record are one transaction.

use pgwright_postgres::{DatabaseError, ReadSession, Row, Type, WriteSession};
use uuid::Uuid;

use crate::document::Definition;

/// Rows of a load or a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) read: u64,
    pub(crate) loaded: u64,
    pub(crate) quarantined: u64,
    pub(crate) deduplicated: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.read += more.read;
        self.loaded += more.loaded;
        self.quarantined += more.quarantined;
        self.deduplicated += more.deduplicated;
    }
}

/// Whose ledger it is.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) pipeline: String,
    pub(crate) target: String,
    pub(crate) definition_sha256: String,
}

impl Book {
    pub(crate) fn new(definition: &Definition, target: String, definition_sha256: String) -> Self {
        Self { pipeline: definition.pipeline.as_str().to_owned(), target, definition_sha256 }
    }
}

/// One content that was loaded.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) run: Uuid,
    pub(crate) definition_sha256: String,
    pub(crate) counts: Counts,
}

impl Load {
    fn of(row: &Row) -> Self {
        let count = |name: &str| unsigned(row.get(name));
        Self {
            sha256: row.get("content_sha256"),
            bytes: count("bytes"),
            run: row.get("run_id"),
            definition_sha256: row.get("definition_sha256"),
            counts: Counts {
                read: count("rows_read"),
                loaded: count("rows_loaded"),
                quarantined: count("rows_quarantined"),
                deduplicated: count("rows_deduplicated"),
            },
        }
    }
}

/// A run that was recorded under an idempotency key.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) id: Uuid,
    pub(crate) status: String,
    pub(crate) attempts: u32,
    pub(crate) answer: Option<String>,
    pub(crate) failure: Option<String>,
}

/// The statements that create pgwright's schema, its ledger and its quarantine, where they are missing.
pub const STATE: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("runs.sql"),
    include_str!("loads.sql"),
    include_str!("../quarantine/quarantine.sql"),
];

/// What a role that loads may do with the state; `{{roles}}` stands for the roles.
pub const STATE_GRANTS: &str = include_str!("grants.sql");

/// Creates pgwright's schema, its ledger and its quarantine, where they are missing.
pub async fn init_state(session: &WriteSession) -> Result<(), DatabaseError> {
    set_up(session, STATE).await
}

/// Creates what is missing, one process at a time: `if not exists` alone fails where two begin together.
pub(crate) async fn set_up(session: &WriteSession, statements: &[&str]) -> Result<(), DatabaseError> {
    session.batch("begin").await?;
    session.query(include_str!("lock_setup.sql"), &[]).await?;
    for statement in statements {
        session.batch(statement).await?;
    }
    session.batch("commit").await
}

pub(crate) async fn is_present(session: &WriteSession) -> Result<bool, DatabaseError> {
    Ok(session.query(include_str!("present.sql"), &[]).await?.first().is_some_and(|row| row.get(0)))
}

/// Tries to hold a run for this session; false where another live process does.
pub(crate) async fn hold_run(session: &WriteSession, run: Uuid) -> Result<bool, DatabaseError> {
    let rows = session.query(include_str!("lock_run.sql"), &[(&run, Type::UUID)]).await?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// Records that a run starts; false where its idempotency key has a run already. Asked again after an answer was lost,
/// it says the same.
pub(crate) async fn start_run(
    session: &WriteSession,
    run: Uuid,
    book: &Book,
    key: Option<&str>,
) -> Result<bool, DatabaseError> {
    session
        .execute(
            include_str!("start_run.sql"),
            &[
                (&run, Type::UUID),
                (&book.pipeline, Type::TEXT),
                (&book.target, Type::TEXT),
                (&book.definition_sha256, Type::TEXT),
                (&key, Type::TEXT),
            ],
        )
        .await?;
    let rows = session.query(include_str!("started.sql"), &[(&run, Type::UUID)]).await?;
    session
        .execute(include_str!("abandon_runs.sql"), &[(&book.pipeline, Type::TEXT), (&run, Type::UUID)])
        .await?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

pub(crate) async fn run_by_key(
    session: &WriteSession,
    pipeline: &str,
    key: &str,
) -> Result<Option<Recorded>, DatabaseError> {
    let rows =
        session.query(include_str!("run_by_key.sql"), &[(&pipeline, Type::TEXT), (&key, Type::TEXT)]).await?;
    Ok(rows.first().map(|row| Recorded {
        id: row.get("id"),
        status: row.get("status"),
        attempts: u32::try_from(row.get::<_, i32>("attempts")).unwrap_or_default(),
        answer: row.get("answer"),
        failure: row.get("failure"),
    }))
}

pub(crate) async fn count_attempt(
    session: &WriteSession,
    run: Uuid,
    attempt: u32,
) -> Result<(), DatabaseError> {
    let attempt = i32::try_from(attempt).unwrap_or(i32::MAX);
    session.execute(include_str!("attempt.sql"), &[(&run, Type::UUID), (&attempt, Type::INT4)]).await?;
    Ok(())
}

/// Records how a run ended; false where it was never recorded.
pub(crate) async fn finish_run(
    session: &WriteSession,
    run: Uuid,
    status: &str,
    answer: Option<&str>,
    failure: Option<&str>,
) -> Result<bool, DatabaseError> {
    let ended = session
        .execute(
            include_str!("finish_run.sql"),
            &[(&run, Type::UUID), (&status, Type::TEXT), (&answer, Type::TEXT), (&failure, Type::TEXT)],
        )
        .await?;
    Ok(ended == 1)
}

/// Waits until no other load into this table is under way; holds it until the transaction ends.
pub(crate) async fn lock_target(session: &WriteSession, target: &str) -> Result<(), DatabaseError> {
    session.query(include_str!("lock_target.sql"), &[(&target, Type::TEXT)]).await?;
    Ok(())
}

/// Everything that the ledger has for this table.
pub(crate) async fn contents(session: &WriteSession, book: &Book) -> Result<Vec<Load>, DatabaseError> {
    let rows = session
        .query(include_str!("contents.sql"), &[(&book.pipeline, Type::TEXT), (&book.target, Type::TEXT)])
        .await?;
    Ok(rows.iter().map(Load::of).collect())
}

/// What the ledger has of files of this size: only those can be the same, and need a hash to tell.
pub(crate) async fn contents_of_size(
    session: &WriteSession,
    book: &Book,
    bytes: u64,
) -> Result<Vec<Load>, DatabaseError> {
    let rows = session
        .query(
            include_str!("contents_of_size.sql"),
            &[(&book.pipeline, Type::TEXT), (&book.target, Type::TEXT), (&signed(bytes), Type::INT8)],
        )
        .await?;
    Ok(rows.iter().map(Load::of).collect())
}

/// The same for a plan, which may not write; nothing where there is no ledger yet.
pub(crate) async fn planned_contents(session: &ReadSession, book: &Book) -> Result<Vec<Load>, DatabaseError> {
    let present = session.query(include_str!("present.sql"), &[]).await?;
    if !present.first().is_some_and(|row| row.get(0)) {
        return Ok(Vec::new());
    }
    let rows = session
        .query(include_str!("contents.sql"), &[(&book.pipeline, Type::TEXT), (&book.target, Type::TEXT)])
        .await?;
    Ok(rows.iter().map(Load::of).collect())
}

pub(crate) async fn forget(session: &WriteSession, book: &Book) -> Result<(), DatabaseError> {
    session.execute(include_str!("forget.sql"), &[(&book.target, Type::TEXT)]).await?;
    Ok(())
}

/// Records a load and adds its rows to its run.
pub(crate) async fn record_load(
    session: &WriteSession,
    book: &Book,
    path: &str,
    load: &Load,
) -> Result<(), DatabaseError> {
    let [bytes, read, loaded, quarantined, deduplicated] =
        [load.bytes, load.counts.read, load.counts.loaded, load.counts.quarantined, load.counts.deduplicated]
            .map(signed);
    session
        .execute(
            include_str!("record_load.sql"),
            &[
                (&book.pipeline, Type::TEXT),
                (&book.target, Type::TEXT),
                (&load.sha256, Type::TEXT),
                (&bytes, Type::INT8),
                (&path, Type::TEXT),
                (&load.definition_sha256, Type::TEXT),
                (&load.run, Type::UUID),
                (&read, Type::INT8),
                (&loaded, Type::INT8),
                (&quarantined, Type::INT8),
                (&deduplicated, Type::INT8),
            ],
        )
        .await?;
    session
        .execute(
            include_str!("count_rows.sql"),
            &[
                (&load.run, Type::UUID),
                (&read, Type::INT8),
                (&loaded, Type::INT8),
                (&quarantined, Type::INT8),
                (&deduplicated, Type::INT8),
            ],
        )
        .await?;
    Ok(())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
