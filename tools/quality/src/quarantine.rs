//! Copies of failing rows: the statement is told, and run only where the check names the table, the caller asks for it and
//! policy lets it write.
//!
//! What selects the rows is judged like any statement of a run, by the guard and by the catalogue, before it becomes a part of
//! one that writes.

use pgwright_contract::{Call, ToolError};
use pgwright_postgres::types::quote_relation;
use pgwright_postgres::{DatabaseError, ReadSession};
use pgwright_sql::guard;

use crate::checks::CheckSpec;
use crate::compile::Planned;
use crate::run_quality_check::Quarantine;

const INTO: &str = "create table ";

/// The statement for a check that names a table for its failing rows.
pub(crate) fn of(spec: &CheckSpec, planned: &Planned) -> Option<Quarantine> {
    let Planned::Scanned(follow_up) = planned else { return None };
    let (table, rows) = (spec.quarantine.as_ref()?, follow_up.quarantine.as_ref()?);
    let statement = format!("{INTO}{} as\n{rows}", quote_relation(table));
    Some(Quarantine { statement, done: false, refused: None })
}

/// Runs it. A refusal is said beside it; only the end of the session is an error.
pub(crate) async fn run(
    call: &Call,
    session: &ReadSession,
    quarantine: &mut Quarantine,
) -> Result<(), ToolError> {
    let Some((_, rows)) = quarantine.statement.split_once(" as\n") else { return Ok(()) };
    let judged = match guard::admit(rows) {
        Ok(admitted) => session.surviving(session.describe(&admitted)).await.map(|_| ()),
        Err(refusal) => Err(refusal.into()),
    };
    let copied = match judged {
        // One statement by the extended protocol: whatever it holds, no second one follows.
        Ok(()) => match call.write().await {
            Ok(writing) => writing.execute(&quarantine.statement, &[]).await.map(|_| ()),
            Err(error) => return Err(error),
        },
        Err(refused) => Err(refused),
    };
    match copied {
        Ok(()) => quarantine.done = true,
        Err(error @ (DatabaseError::Lost { .. } | DatabaseError::Cancelled)) => return Err(error.into()),
        Err(error) => quarantine.refused = Some(error.to_string()),
    }
    Ok(())
}
