//! What is judged: a statement that PostgreSQL plans, or a plan that somebody has.

use pgwright_contract::{Call, ToolError};
use pgwright_plan::{Facts, Plan, PlanError};
use pgwright_postgres::{ColumnInfo, Explain};
use pgwright_sql::guard;
use serde_json::Value;

use crate::facts;
use crate::rewrites::Rewrites;

/// What a caller gave.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// SQL to be planned, and run where that is asked for.
    Statement { sql: &'a str, params: &'a [Value], analyze: bool },
    /// What EXPLAIN printed elsewhere.
    Plan(&'a str),
}

/// A plan with everything that is known about it.
pub(crate) struct Explained {
    pub(crate) plan: Plan,
    /// What the catalogue says of its tables; nothing for a plan from elsewhere.
    pub(crate) facts: Facts,
    /// Names and types of what the statement gives, where it is known and was asked for.
    pub(crate) columns: Option<Vec<(String, String)>>,
    /// Other ways of writing it; none for a plan from elsewhere.
    pub(crate) rewrites: Rewrites,
}

impl<'a> Subject<'a> {
    /// A text that is either, as one writes what to compare with.
    pub(crate) fn either(text: &'a str, params: &'a [Value], analyze: bool) -> Self {
        match Plan::from_paste(text) {
            Err(PlanError::NotText) => Self::Statement { sql: text, params, analyze },
            _ => Self::Plan(text),
        }
    }

    /// The plan, and the columns if `described` asks for them.
    pub(crate) async fn explain(self, call: &Call, described: bool) -> Result<Explained, ToolError> {
        match self {
            Self::Plan(text) => Ok(Explained {
                plan: pasted(text)?,
                facts: Facts::default(),
                columns: None,
                rewrites: Rewrites::default(),
            }),
            Self::Statement { sql, params, analyze } => planned(call, sql, params, analyze, described).await,
        }
    }
}

async fn planned(
    call: &Call,
    sql: &str,
    params: &[Value],
    analyze: bool,
    described: bool,
) -> Result<Explained, ToolError> {
    let statement = guard::admit(sql).map_err(|refusal| ToolError::from_refusal(&refusal))?;
    let session = call.read().await?;
    let json = match session.explain(&statement, params, Explain { analyze }).await {
        Ok(json) => json,
        Err(error) => {
            // The names are looked up in a session of their own; this one is not kept meanwhile.
            drop(session);
            return Err(call.database.with_nearest_names(&call.scope(), &statement, error).await.into());
        }
    };
    let plan = Plan::from_json(&json).map_err(|error| {
        ToolError::new("unreadable_plan", format!("PostgreSQL's plan could not be read: {error}")).hint(
            "this is a defect of pgwright; please report the PostgreSQL version and the statement's shape",
        )
    })?;
    let columns = match described {
        true => Some(session.describe(&statement).await?.into_iter().map(named).collect()),
        false => None,
    };
    let facts = facts::of(&plan, statement.sql(), &session).await?;
    // Two statements side by side are the caller's own ways of writing it.
    let rewrites = match described {
        true => Rewrites::default(),
        false => Rewrites::of(&session, &statement, params, &plan).await,
    };
    Ok(Explained { plan, facts, columns, rewrites })
}

fn named(column: ColumnInfo) -> (String, String) {
    (column.name, column.type_name)
}

fn pasted(text: &str) -> Result<Plan, ToolError> {
    Plan::from_paste(text).map_err(|error| {
        ToolError::new("unreadable_plan", format!("plan: {error}"))
            .next_step("paste what explain (analyze, buffers) printed, unchanged, or give the sql")
    })
}
