//! A statement that names what is not there: the nearest names, looked up in a session of their own, since the failed
//! one is aborted.

use std::sync::Arc;

use pgwright_sql::guard::Admitted;
use pgwright_sql::quote_identifier;

use crate::database::Database;
use crate::errors::DatabaseError;
use crate::resolve::{ResolveError, nearest};
use crate::session::Scope;

impl Database {
    /// Turns "relation does not exist" and "column does not exist" into errors that name the nearest candidates.
    /// Any other error, and any that cannot be improved, comes back as it is.
    pub async fn with_nearest_names(
        self: &Arc<Self>,
        scope: &Scope,
        sql: &Admitted,
        error: DatabaseError,
    ) -> DatabaseError {
        let improved = match &error {
            DatabaseError::Sql { code, .. } if code == "42P01" => self.missing_table(scope, sql).await,
            DatabaseError::Sql { code, message, .. } if code == "42703" => {
                self.missing_column(scope, sql, message).await
            }
            _ => Ok(None),
        };
        improved.ok().flatten().map_or(error, DatabaseError::Resolve)
    }

    async fn missing_table(
        self: &Arc<Self>,
        scope: &Scope,
        sql: &Admitted,
    ) -> Result<Option<ResolveError>, DatabaseError> {
        let session = self.read(scope).await?;
        for relation in sql.relations() {
            match session.resolve(relation).await {
                Err(DatabaseError::Resolve(missing)) => return Ok(Some(missing)),
                // It is there, but PostgreSQL looks for it on the search path only.
                Ok(found) if relation.schema.is_none() && !found.visible => {
                    return Ok(Some(ResolveError::Unknown {
                        wanted: relation.clone(),
                        database: self.name().to_owned(),
                        nearest: vec![found.name],
                    }));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    async fn missing_column(
        self: &Arc<Self>,
        scope: &Scope,
        sql: &Admitted,
        message: &str,
    ) -> Result<Option<ResolveError>, DatabaseError> {
        let Some(wanted) = column_in(message) else { return Ok(None) };
        let session = self.read(scope).await?;
        let mut near = Vec::new();
        for relation in sql.relations() {
            let Ok(table) = session.table(relation).await else { continue };
            // A table that has the column is not the one that was meant.
            if table.column(&wanted).is_some() {
                continue;
            }
            let columns: Vec<String> = table.columns.into_iter().map(|column| column.name).collect();
            let found = nearest(&wanted, columns, Clone::clone).into_iter();
            near.extend(found.map(|column| format!("{} in {}", quote_identifier(&column), table.name)));
        }
        near.truncate(3);
        Ok((!near.is_empty())
            .then(|| ResolveError::UnknownColumn { said: message.to_owned(), nearest: near }))
    }
}

/// The column of `column "x" does not exist` or `column t.x does not exist`.
fn column_in(message: &str) -> Option<String> {
    let name = message.strip_prefix("column ")?.split(" does not exist").next()?;
    Some(name.rsplit('.').next()?.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_read_from_both_forms_of_the_message() {
        assert_eq!(column_in("column \"o_custkee\" does not exist").as_deref(), Some("o_custkee"));
        assert_eq!(column_in("column o.o_custkee does not exist").as_deref(), Some("o_custkee"));
        assert_eq!(column_in("relation \"x\" does not exist"), None);
    }
}
