//! The statements that the server counted, those first that took most time.

use pgwright_contract::ToolError;
use pgwright_postgres::ReadSession;
use pgwright_postgres::statements::{RankedBy, Statements};

use super::Asked;

/// At most so many.
#[allow(clippy::cast_precision_loss, reason = "counts of calls")]
pub(crate) async fn counted(session: &ReadSession, most: u16) -> Result<Vec<Asked>, ToolError> {
    let ranking = Statements::of(session).await?.ranked(RankedBy::TotalMs, most).await?;
    let asked = ranking.statements.into_iter().map(|one| {
        let calls = (one.calls as f64).max(1.0);
        Asked { sql: one.sql, calls: Some(calls), mean_ms: Some(one.total_ms / calls) }
    });
    Ok(asked.collect())
}
