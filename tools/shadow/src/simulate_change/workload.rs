//! The queries to plan: given ones, or those that took most of the database's time.

use std::collections::BTreeSet;

use pgwright_contract::ToolError;
use pgwright_plan::model::Plan;
use pgwright_postgres::statements::{RankedBy, Statements};
use pgwright_postgres::{DatabaseError, Explain, ReadSession};
use pgwright_sql::analysis::cast_typed_parameters;
use pgwright_sql::guard::{Admitted, StatementKind, admit};
use schemars::JsonSchema;
use serde::Deserialize;

/// At most so many of what was counted.
const MOST_COUNTED: u16 = 30;

/// Where queries come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Source {
    /// What the server counted.
    PgStatStatements,
}

/// A query to plan.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) sql: Admitted,
    /// The name of a counted one, and how often it ran.
    pub(super) counted: Option<(String, u64)>,
    /// What it costs in the database itself.
    pub(super) theirs: Option<f64>,
}

/// Those that a caller gave.
pub(super) fn given(statements: &[String]) -> Result<Vec<Asked>, ToolError> {
    let given = statements.iter().map(|sql| match admit(sql) {
        Ok(sql) => Ok(Asked { sql, counted: None, theirs: None }),
        Err(refusal) => Err(ToolError::from_refusal(&refusal)),
    });
    given.collect()
}

/// Those that the server counted, that can be planned, and how many cannot.
pub(super) async fn counted(session: &ReadSession) -> Result<(Vec<Asked>, Option<String>), ToolError> {
    let ranking = Statements::of(session).await?.ranked(RankedBy::TotalMs, MOST_COUNTED).await?;
    let (all, mut asked) = (ranking.statements.len(), Vec::new());
    for one in ranking.statements {
        let Ok(sql) = admit(&cast_typed_parameters(&one.sql)) else { continue };
        if sql.kind() != StatementKind::Query {
            continue;
        }
        let mut query = Asked { sql, counted: Some((one.handle.to_string(), one.calls)), theirs: None };
        match query.planned_there(session).await {
            Ok(()) => asked.push(query),
            Err(
                DatabaseError::Sql { .. }
                | DatabaseError::Refused(_)
                | DatabaseError::Resolve(_)
                | DatabaseError::OutOfReach(_)
                | DatabaseError::Parameter { .. }
                | DatabaseError::TooLarge { .. },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if asked.is_empty() {
        return Err(ToolError::new(
            "nothing_counted",
            "none of the counted statements is a query that can be planned",
        )
        .hint("give statements"));
    }
    let skipped = all - asked.len();
    let note = (skipped > 0)
        .then(|| format!("{skipped} of the {all} counted statements with most time write, or cannot be planned by this role"));
    Ok((asked, note))
}

impl Asked {
    /// Plans it where the rows are. What the role may not reach is refused here, before anything of it is captured.
    pub(super) async fn planned_there(&mut self, session: &ReadSession) -> Result<(), DatabaseError> {
        let plan = session.surviving(session.explain(&self.sql, &[], Explain::default())).await?;
        self.theirs = Plan::from_json(&plan).ok().map(|plan| plan.root().estimate.total_cost);
        Ok(())
    }

    /// The relations that it names.
    pub(super) async fn relations(&self, session: &ReadSession) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for name in self.sql.relations() {
            if let Ok(relation) = session.resolve(name).await {
                found.insert(relation.oid);
            }
        }
        found
    }
}
