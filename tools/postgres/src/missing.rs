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
            DatabaseError::Sql { code, message, position: Some(position), .. } if code == "42703" => {
                self.missing_column(scope, sql, message, *position).await
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
        position: u32,
    ) -> Result<Option<ResolveError>, DatabaseError> {
        let Some(wanted) = column_at(sql.sql(), position) else { return Ok(None) };
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

/// The last part of the name that begins at a character of the statement, counted from 1. PostgreSQL's message says it too,
/// in the server's language.
fn column_at(sql: &str, position: u32) -> Option<String> {
    let mut rest = sql.chars().skip(usize::try_from(position).ok()?.checked_sub(1)?).peekable();
    loop {
        let name = if rest.next_if_eq(&'"').is_some() {
            let mut name = String::new();
            while let Some(c) = rest.next() {
                match c {
                    '"' if rest.next_if_eq(&'"').is_none() => break,
                    c => name.push(c),
                }
            }
            name
        } else {
            let is_part = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
            std::iter::from_fn(|| rest.next_if(is_part)).collect::<String>().to_ascii_lowercase()
        };
        let mut after = rest.clone();
        while after.next_if(|c| c.is_whitespace()).is_some() {}
        if after.next_if_eq(&'.').is_none() {
            return (!name.is_empty()).then_some(name);
        }
        while after.next_if(|c| c.is_whitespace()).is_some() {}
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_read_where_postgresql_points() {
        let found = |sql: &str, position| column_at(sql, position);
        assert_eq!(found("select o_Custkee from orders", 8).as_deref(), Some("o_custkee"));
        assert_eq!(found("select o . o_custkee, 1", 8).as_deref(), Some("o_custkee"));
        assert_eq!(found(r#"select "Größe"."a ""b""" from t"#, 8).as_deref(), Some("a \"b\""));
        assert_eq!(found("select ü, x", 11).as_deref(), Some("x"));
        assert_eq!(found("select 1", 90), None);
        assert_eq!(found("select (1)", 8), None);
    }
}
