//! Indexes that are really built on a development database, measured, and gone again.
//!
//! All of it is one transaction that is never committed: whatever ends it, PostgreSQL itself takes the indexes back. Once
//! they are built the transaction is made read only, which PostgreSQL lets nothing undo, and only then are statements run
//! in it: such as a read session ran before.

use pgwright_contract::{Call, ToolError};
use pgwright_plan::Plan;
use pgwright_postgres::{DatabaseError, Environment, Explain, Type, WriteSession};
use pgwright_sql::guard::Admitted;

/// What an index turned out to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Built {
    pub(crate) bytes: u64,
    pub(crate) ms: f64,
}

/// What a statement turned out to take, with all indexes built. Times are of the second run of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timed {
    pub(crate) cost: f64,
    pub(crate) ms_before: f64,
    pub(crate) ms_after: f64,
}

/// What was measured, each in the order in which it was asked for.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) indexes: Vec<Result<Built, String>>,
    pub(crate) statements: Vec<Result<Timed, String>>,
}

/// Refuses where building would be in somebody's way.
pub(crate) fn allowed(call: &Call) -> Result<(), ToolError> {
    if call.database.environment() == Environment::Development {
        return Ok(());
    }
    let (name, environment) = (call.database.name(), call.database.environment().as_str());
    Err(ToolError::new(
        "refused_by_policy",
        format!(
            "verify builds indexes, which blocks writes meanwhile: not on {name}, a {environment} database"
        ),
    )
    .hint(format!(
        "a person may say that it is one to try things on: databases.{name}.environment: development"
    ))
    .next_step("suggest_index without verify: its costs are the planner's own"))
}

/// Builds the indexes (`create index NAME on …`, by name), runs the statements without and with them, and takes them back.
pub(crate) async fn measured(
    call: &Call,
    indexes: &[(String, String)],
    statements: &[&Admitted],
) -> Result<Measured, ToolError> {
    // One session at a time: a pool may hold no more.
    let mut before = Vec::new();
    {
        let session = call.read().await?;
        for sql in statements {
            let analyze = Explain { analyze: true };
            let mut ran = session.surviving(session.explain(sql, &[], analyze)).await;
            if ran.is_ok() {
                ran = session.surviving(session.explain(sql, &[], analyze)).await;
            }
            before.push(match ran {
                Ok(plan) => ms(&plan),
                Err(error) if call.cancel.is_cancelled() => return Err(error.into()),
                Err(error) => Err(error.to_string()),
            });
        }
    }
    let session = call.write().await?;
    session.batch("begin").await?;
    let measured = with_indexes(call, &session, indexes, statements, before).await;
    session.batch("rollback").await?;
    measured
}

async fn with_indexes(
    call: &Call,
    session: &WriteSession,
    indexes: &[(String, String)],
    statements: &[&Admitted],
    before: Vec<Result<f64, String>>,
) -> Result<Measured, ToolError> {
    let mut built = Vec::new();
    for (name, ddl) in indexes {
        built.push(surviving(call, session, build(session, name, ddl)).await?);
    }
    session.batch("set transaction read only").await?;
    let mut ran = Vec::new();
    for (sql, ms_before) in statements.iter().zip(before) {
        ran.push(match ms_before {
            Ok(ms_before) => {
                surviving(call, session, run(session, sql)).await?.and_then(|plan| timed(&plan, ms_before))
            }
            Err(reason) => Err(reason),
        });
    }
    Ok(Measured { indexes: built, statements: ran })
}

/// What fails must not end the transaction for the others; what cancels ends it all.
async fn surviving<T>(
    call: &Call,
    session: &WriteSession,
    work: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<Result<T, String>, ToolError> {
    session.batch("savepoint one").await?;
    match work.await {
        Ok(done) => {
            session.batch("release savepoint one").await?;
            Ok(Ok(done))
        }
        Err(error) if call.cancel.is_cancelled() => Err(error.into()),
        Err(error) => {
            session.batch("rollback to savepoint one").await?;
            Ok(Err(error.to_string()))
        }
    }
}

#[allow(clippy::cast_sign_loss, reason = "a size")]
async fn build(session: &WriteSession, name: &str, ddl: &str) -> Result<Built, DatabaseError> {
    let begun = std::time::Instant::now();
    session.batch(ddl).await?;
    let ms = begun.elapsed().as_secs_f64() * 1_000.0;
    let rows = session.query(include_str!("verify/size.sql"), &[(&name, Type::TEXT)]).await?;
    let bytes: i64 = rows.first().map_or(0, |row| row.get("bytes"));
    Ok(Built { bytes: bytes as u64, ms })
}

/// Its plan with what it took, as text: which is all of it that a session that writes reads.
async fn run(session: &WriteSession, sql: &Admitted) -> Result<String, DatabaseError> {
    let explain = format!("explain (analyze) {}", sql.sql());
    session.query(&explain, &[]).await?;
    let rows = session.query(&explain, &[]).await?;
    Ok(rows.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>().join("\n"))
}

fn timed(plan: &str, ms_before: f64) -> Result<Timed, String> {
    let plan = Plan::from_text(plan).map_err(|error| error.to_string())?;
    let ms_after = plan.execution_ms.ok_or_else(|| UNTIMED.to_owned())?;
    Ok(Timed { cost: plan.root().estimate.total_cost, ms_before, ms_after })
}

const UNTIMED: &str = "its plan came without its time";

fn ms(plan: &str) -> Result<f64, String> {
    Plan::from_json(plan).map_err(|error| error.to_string())?.execution_ms.ok_or_else(|| UNTIMED.to_owned())
}
