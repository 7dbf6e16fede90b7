//! Functions with side effects: refused by the volatility that PostgreSQL itself records for them.

use pgwright_sql::guard::Admitted;
use tokio_postgres::types::Type;

use super::ReadSession;
use crate::errors::DatabaseError;

/// Volatile by label, harmless by nature: their value changes, the database does not.
const HARMLESS: &[&str] = &[
    "array_sample",
    "array_shuffle",
    "clock_timestamp",
    "gen_random_uuid",
    "pg_database_size",
    "pg_indexes_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_total_relation_size",
    "random",
    "random_normal",
    "timeofday",
    "uuidv4",
    "uuidv7",
];

impl ReadSession {
    /// Refuses a statement that calls a function which may change something, read a file, sleep or signal. Runs
    /// before planning too, since an immutable function is folded there.
    pub(super) async fn allow_functions(&self, sql: &Admitted) -> Result<(), DatabaseError> {
        if sql.functions().is_empty() && sql.attributes().is_empty() {
            return Ok(());
        }
        let schemas: Vec<Option<&str>> = sql.functions().iter().map(|name| name.schema.as_deref()).collect();
        let names: Vec<&str> = sql.functions().iter().map(|name| name.name.as_str()).collect();
        let attributes: Vec<&str> = sql.attributes().iter().map(AsRef::as_ref).collect();
        let refused = self
            .query(
                include_str!("side_effects.sql"),
                &[
                    (&schemas, Type::TEXT_ARRAY),
                    (&names, Type::TEXT_ARRAY),
                    (&HARMLESS, Type::TEXT_ARRAY),
                    (&attributes, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        match refused.first() {
            Some(row) => Err(DatabaseError::Function {
                function: row.get(0),
                reason: "PostgreSQL marks it volatile: it may change data or settings, read files, wait or signal",
            }),
            None => Ok(()),
        }
    }
}
