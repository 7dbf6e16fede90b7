//! What is judged: a statement that PostgreSQL plans, or a plan that somebody has.

use pgwright_contract::{Call, ToolError};
use pgwright_plan::{Change, Comparison, Facts, Finding, Plan, PlanError, judge};
use pgwright_postgres::statements::{Handle, Recorded, Statements, StatementsError};
use pgwright_postgres::{ColumnInfo, DatabaseError, Explain, PlannerSettings, ReadSession};
use pgwright_sql::analysis::cast_typed_parameters;
use pgwright_sql::guard::{self, Admitted};
use serde_json::Value;

use crate::facts;
use crate::history::{History, HistoryError, PlanChange};
use crate::proof;
use crate::rewrites::Rewrites;
use crate::trial::{self, Trial};

/// What a caller gave.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// SQL to be planned, and run where that is asked for.
    Statement(&'a str),
    /// The same, as the server counted it.
    Handle(&'a str),
    /// What EXPLAIN printed elsewhere.
    Plan(&'a str),
}

/// How a statement is explained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) params: &'a [Value],
    /// Run it and measure.
    pub(crate) analyze: bool,
    /// Settings to try.
    pub(crate) settings: &'a PlannerSettings,
    /// It is one of two that are compared: its columns are wanted, and no advice how else to write it.
    pub(crate) compared: bool,
    /// Where its plan is kept.
    pub(crate) history: Option<&'a History>,
}

/// A plan with everything that is known about it.
pub(crate) struct Explained {
    pub(crate) plan: Plan,
    /// As PostgreSQL gave it; nothing for a plan from elsewhere.
    pub(crate) json: Option<String>,
    /// Worst first.
    pub(crate) findings: Vec<Finding>,
    /// What findings advise and was tried, by their place.
    pub(crate) trials: Vec<(usize, Trial)>,
    /// What the caller's settings change.
    pub(crate) tried: Option<(Trial, Vec<Change>)>,
    /// Names and types of what the statement gives, where it is known and was asked for.
    pub(crate) columns: Option<Vec<(String, String)>>,
    /// Other ways of writing it; none for a plan from elsewhere.
    pub(crate) rewrites: Rewrites,
    /// What the server counted of it, where it was named by its handle.
    pub(crate) recorded: Option<Recorded>,
    /// How its plan changed since it was first explained, or why that isn't known; nothing where no history is kept.
    pub(crate) history: Option<Result<Option<PlanChange>, HistoryError>>,
    /// The statement; nothing for a plan from elsewhere.
    pub(crate) statement: Option<Admitted>,
}

impl<'a> Subject<'a> {
    /// A text that is either, as one writes what to compare with.
    pub(crate) fn either(text: &'a str) -> Self {
        if text.parse::<Handle>().is_ok() {
            return Self::Handle(text);
        }
        match Plan::from_paste(text) {
            Err(PlanError::NotText) => Self::Statement(text),
            _ => Self::Plan(text),
        }
    }

    /// The plan, and what the wish asks for.
    pub(crate) async fn explain(self, call: &Call, wish: Wish<'_>) -> Result<Explained, ToolError> {
        match self {
            Self::Plan(text) => pasted(text),
            Self::Statement(sql) => {
                let statement = admit(sql)?;
                planned(call, call.read().await?, statement, wish).await
            }
            Self::Handle(handle) => {
                let handle: Handle = handle.parse().map_err(StatementsError::from)?;
                let session = call.read().await?;
                let (sql, recorded) = Statements::of(&session).await?.named(&handle).await?;
                // What was `date '2024-01-01'` is counted as `date $1`, which PostgreSQL itself can't read.
                let statement = admit(&cast_typed_parameters(&sql))?;
                let explained = planned(call, session, statement, wish).await?;
                Ok(Explained { recorded: Some(recorded), ..explained })
            }
        }
    }
}

/// To be planned; EXPLAIN in front says nothing that the input does not, and ANALYZE is asked for there.
fn admit(sql: &str) -> Result<Admitted, ToolError> {
    guard::admit_to_plan(guard::explained(sql).unwrap_or(sql))
        .map_err(|refusal| ToolError::from_refusal(&refusal))
}

async fn planned(
    call: &Call,
    session: ReadSession,
    statement: Admitted,
    wish: Wish<'_>,
) -> Result<Explained, ToolError> {
    let Wish { params, analyze, settings, compared, history } = wish;
    let asked = async {
        let explained = session.explain(&statement, params, Explain { analyze });
        if settings.is_empty() {
            return Ok((explained.await?, None));
        }
        let before = session.explain(&statement, params, Explain { analyze: false }).await?;
        Ok((session.under(settings, explained).await?, Some(before)))
    };
    let (json, before) = match asked.await {
        Ok(plans) => plans,
        Err(error) => {
            let error: DatabaseError = error;
            // The names are looked up in a session of their own; this one is not kept meanwhile.
            drop(session);
            return Err(call.database.with_nearest_names(&call.scope(), &statement, error).await.into());
        }
    };
    let plan = read(&json)?;
    let tried = match before {
        Some(before) => {
            let before = read(&before)?;
            let changes = Comparison::of(&before, &plan).changes;
            Some((Trial::of(trial::change(settings), &before, &plan), changes))
        }
        None => None,
    };
    let columns = match compared && statement.is_read_only() {
        true => Some(session.describe(&statement).await?.into_iter().map(named).collect()),
        false => None,
    };
    let facts = facts::of(&plan, statement.sql(), &session).await?;
    let mut findings = judge(&plan, &facts);
    let is_generic = statement.parameters() > 0 && params.is_empty();
    let history = match history.filter(|_| settings.is_empty()) {
        Some(history) => Some(history.keep(&session, &statement, is_generic, &plan).await),
        None => None,
    };
    let (mut rewrites, mut trials) = (Rewrites::default(), Vec::new());
    // Two statements side by side are the caller's own ways of writing it, and settings the caller's own trial.
    if !compared && settings.is_empty() {
        rewrites = Box::pin(Rewrites::of(&session, &statement, params, &plan)).await;
        trials = Box::pin(trial::of_findings(&session, &statement, params, &plan, &findings)).await;
        drop(session);
        // An index says more than a setting.
        trials.extend(Box::pin(proof::of_findings(call, &statement, &mut findings)).await);
    }
    Ok(Explained {
        plan,
        json: Some(json),
        findings,
        trials,
        tried,
        columns,
        rewrites,
        recorded: None,
        history,
        statement: Some(statement),
    })
}

fn read(json: &str) -> Result<Plan, ToolError> {
    Plan::from_json(json).map_err(|error| {
        ToolError::new("unreadable_plan", format!("PostgreSQL's plan could not be read: {error}")).hint(
            "this is a defect of pgwright; please report the PostgreSQL version and the statement's shape",
        )
    })
}

fn named(column: ColumnInfo) -> (String, String) {
    (column.name, column.type_name)
}

fn pasted(text: &str) -> Result<Explained, ToolError> {
    let plan = Plan::from_paste(text).map_err(|error| {
        ToolError::new("unreadable_plan", format!("plan: {error}"))
            .next_step("paste what explain (analyze, buffers) printed, unchanged, or give the sql")
    })?;
    Ok(Explained {
        findings: judge(&plan, &Facts::default()),
        plan,
        json: None,
        trials: Vec::new(),
        tried: None,
        columns: None,
        rewrites: Rewrites::default(),
        recorded: None,
        history: None,
        statement: None,
    })
}
