//! The evaluator by HypoPG, where the database has it: the planner itself, with indexes that do not exist.
//!
//! Hypothetical indexes live in the backend's memory, outside any transaction. They are removed before and after each
//! use; a session in which that failed must be given up, not pooled.

use pgwright_contract::ToolError;
use pgwright_plan::Plan;
use pgwright_postgres::{DatabaseError, ReadSession, Type};

use super::{Confidence, Evaluator};
use crate::candidates::Candidate;
use crate::ddl;
use crate::workload::{Workload, explain};

/// The most plans asked for in one call: some milliseconds each.
const MOST_EXPLAINS: u64 = 1_500;

/// The planner with hypothetical indexes.
pub(crate) struct WhatIf<'s> {
    session: &'s ReadSession,
    explains: u64,
}

impl<'s> WhatIf<'s> {
    /// `None` where HypoPG is not at hand, or this session may not make the index `trial` with it.
    pub(crate) async fn at(session: &'s ReadSession, trial: &str) -> Result<Option<Self>, DatabaseError> {
        let found = session.query(include_str!("hypopg_installed.sql"), &[]).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let this = Self { session, explains: 0 };
        let tried = session.surviving(async {
            // First of all, since what is made here outlives the transaction.
            this.end().await?;
            this.make(trial).await?;
            this.end().await
        });
        match tried.await {
            Ok(()) => Ok(Some(this)),
            Err(DatabaseError::Sql { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many plans were asked for.
    pub(crate) fn explains(&self) -> u64 {
        self.explains
    }

    /// Removes all hypothetical indexes.
    pub(crate) async fn end(&self) -> Result<(), DatabaseError> {
        self.session.query(include_str!("hypopg_reset.sql"), &[]).await.map(drop)
    }

    async fn make(&self, index: &str) -> Result<(), DatabaseError> {
        self.session.query(include_str!("hypopg_create.sql"), &[(&index, Type::TEXT)]).await.map(drop)
    }

    async fn explained(
        &mut self,
        workload: &Workload,
        statement: usize,
        indexes: &[&Candidate],
    ) -> Result<Option<f64>, ToolError> {
        let Some(statement) = workload.statements.get(statement) else { return Ok(None) };
        self.end().await?;
        for index in indexes.iter().filter(|index| statement.reads(index.table)) {
            let Some(table) = workload.tables.get(&index.table) else { continue };
            self.make(&ddl::hypothetical(index, table)).await?;
        }
        self.explains += 1;
        let plan = explain(self.session, &statement.sql).await?;
        Ok(Plan::from_json(&plan).ok().map(|plan| plan.root().estimate.total_cost))
    }
}

impl Evaluator for WhatIf<'_> {
    fn confidence(&self) -> Confidence {
        Confidence::WhatIf
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn cost(
        &mut self,
        workload: &Workload,
        statement: usize,
        indexes: &[&Candidate],
    ) -> Result<f64, ToolError> {
        let today = workload.statements.get(statement).map_or(0.0, |statement| statement.cost());
        if self.explains >= MOST_EXPLAINS {
            // Nothing more is asked, so nothing more is promised.
            return Ok(today);
        }
        Ok(self.explained(workload, statement, indexes).await?.unwrap_or(today))
    }
}
