//! What planning a change would meet in the tables that it changes, beside what reading them meets: rules that rewrite it,
//! policies for new rows, defaults, conversions. Where a user's code would come into play, the change is not planned.

use pgwright_sql::guard::Admitted;
use tokio_postgres::types::Type;

use super::out_of_reach::OutOfReach;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

impl ReadSession {
    /// Refuses to plan a change whose target brings code of a user's own with it.
    pub(super) async fn plain_targets(&self, sql: &Admitted) -> Result<(), DatabaseError> {
        if sql.targets().is_empty() {
            return Ok(());
        }
        let schemas: Vec<Option<&str>> =
            sql.targets().iter().map(|target| target.schema.as_deref()).collect();
        let names: Vec<&str> = sql.targets().iter().map(|target| target.name.as_str()).collect();
        let found = self
            .query(include_str!("targets.sql"), &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)])
            .await?;
        match found.first() {
            None => Ok(()),
            Some(row) => Err(OutOfReach {
                rule: "change_not_planned",
                object: format!("planning a change of {}", row.get::<_, String>(0)),
                reason: row.get(1),
                via: None,
                setting: None,
                instead: "the query that finds the rows to be changed",
            }
            .into()),
        }
    }
}
