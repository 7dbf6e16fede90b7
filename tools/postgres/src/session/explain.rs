//! EXPLAIN inside the guarded session: with values, or as the generic plan of a statement with parameters.

use std::sync::atomic::Ordering;

use pgwright_sql::guard::{Admitted, StatementKind};
use serde_json::Value;

use super::ReadSession;
use super::read::Capped;
use crate::errors::DatabaseError;
use crate::mask::Masks;

/// How to explain.
#[derive(Debug, Clone, Copy, Default)]
pub struct Explain {
    /// Run the statement and measure (`ANALYZE, BUFFERS`).
    pub analyze: bool,
}

impl ReadSession {
    /// Explains a statement that the guard admitted, also one to be planned only, and returns PostgreSQL's JSON. With `values` for its parameters
    /// it plans for those; without, a statement with parameters gets its generic plan.
    pub async fn explain(
        &self,
        sql: &Admitted,
        values: &[Value],
        how: Explain,
    ) -> Result<String, DatabaseError> {
        if !matches!(sql.kind(), StatementKind::Query | StatementKind::Change) {
            return Err(DatabaseError::Sql {
                code: "0A000".to_owned(),
                message: "only a query can be explained".to_owned(),
                hint: Some("send the bare SELECT, without EXPLAIN in front".to_owned()),
                position: None,
            });
        }
        if how.analyze {
            sql.may_run()?;
        }
        self.judge(sql).await?;
        if how.analyze || !sql.is_read_only() {
            // What is counted tells about values: a plan that ran is an answer. What a change does with them isn't read.
            Masks::allow_uses(self, sql).await?;
        }
        let generic = sql.parameters() > 0 && values.is_empty();
        if generic && how.analyze {
            return Err(DatabaseError::Parameter {
                number: 1,
                code: "42P02".to_owned(),
                reason: "ANALYZE runs the statement, so it needs a value for every parameter".to_owned(),
            });
        }
        let capped = if generic {
            self.hurried(self.generic_plan(sql)).await?
        } else {
            let options = if how.analyze { ", analyze, buffers" } else { "" };
            let prefix = format!("explain (format json, verbose, settings{options}) ");
            self.hurried(self.prefixed(&prefix, sql, values)).await?
        };
        let plan = self.plan_of(&capped)?;
        Masks::allow_plan(self, sql, &plan, generic).await?;
        Ok(plan)
    }

    /// PostgreSQL's plan of a statement that is about to run, for us to read: for any values.
    pub(crate) async fn planned(&self, sql: &Admitted) -> Result<String, DatabaseError> {
        let capped = if sql.parameters() > 0 {
            self.hurried(self.generic_plan(sql)).await?
        } else {
            self.hurried(self.prefixed("explain (format json, verbose, costs off) ", sql, &[])).await?
        };
        self.plan_of(&capped)
    }

    fn plan_of(&self, capped: &Capped) -> Result<String, DatabaseError> {
        match capped.rows.first() {
            Some(row) if !capped.truncated => {
                // PostgreSQL types the column json; its binary form is the text itself.
                row.try_get::<_, RawText>(0)
                    .map(|text| text.0)
                    .map_err(|source| DatabaseError::Unexpected { what: "a plan", source })
            }
            _ => Err(DatabaseError::TooLarge { limit_bytes: self.database().limits().result_bytes }),
        }
    }

    /// Runs the statement behind a prefix of ours; positions in errors count from the statement's own start.
    async fn prefixed(
        &self,
        prefix: &str,
        sql: &Admitted,
        values: &[Value],
    ) -> Result<Capped, DatabaseError> {
        let ours = |error: DatabaseError| error.after(prefix);
        let statement = self.confirmed(sql, &format!("{prefix}{}", sql.sql())).await.map_err(ours)?;
        self.run_statement(&statement, values).await.map_err(ours)
    }

    /// The plan that PostgreSQL would cache for any values. `EXPLAIN (GENERIC_PLAN)` is no use here: the extended
    /// protocol has to bind something, and the planner then folds the bound NULLs.
    async fn generic_plan(&self, sql: &Admitted) -> Result<Capped, DatabaseError> {
        self.run_text("set local plan_cache_mode = force_generic_plan", &[]).await?;
        // One name for all, since pg_stat_statements keeps an entry for each text that it sees. But what failed to be explained
        // stays prepared until the session is reset.
        let name = format!("pgwright_generic_{}", self.left_prepared.fetch_add(1, Ordering::Relaxed));
        self.prefixed(&format!("prepare {name} as "), sql, &[]).await?;
        let arguments = vec!["null"; usize::from(sql.parameters())].join(", ");
        let explain = format!("explain (format json, verbose, settings) execute {name}({arguments})");
        let plan = self.run_statement(&self.confirmed(sql, &explain).await?, &[]).await?;
        self.run_text(&format!("deallocate {name}"), &[]).await?;
        self.left_prepared.fetch_sub(1, Ordering::Relaxed);
        self.run_text("set local plan_cache_mode = auto", &[]).await?;
        Ok(plan)
    }
}

/// A value whose binary form is its text: text, json, xml, names.
pub(super) struct RawText(pub(super) String);

impl<'a> tokio_postgres::types::FromSql<'a> for RawText {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }
}
