//! `suggest_index`: which B-tree indexes would pay for these statements, and what each would take.
//!
//! Reads the catalogue, statistics and plans; builds nothing. Costs before are the planner's own; costs after are
//! modelled, or the planner's with hypothetical indexes where HypoPG is installed.

mod text;

use std::collections::BTreeSet;
use std::time::Instant;

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_postgres::{ReadSession, Scope, Type};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::advice::{self, Limit, Other, Unhelped};
use crate::candidates::{self, Candidate};
use crate::drops::{self, Drop};
use crate::evaluate::{Confidence, Evaluator, Modelled, WhatIf};
use crate::search::{self, Bounds, Found};
use crate::workload::{self, Asked, Skipped, Workload};
use crate::{ddl, served};

/// The tool.
#[derive(Debug, Clone, Copy)]
pub struct SuggestIndex;

const MOST_STATEMENTS: usize = 50;

/// The statements to find indexes for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Queries as the application sends them, with literals or with $1.
    #[schemars(length(min = 1, max = 50))]
    statements: Vec<StatementInput>,
    /// The most that all suggested indexes may take together.
    #[schemars(range(min = 0))]
    budget_mb: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct StatementInput {
    sql: String,
    /// How often it runs: weighs it against the others.
    #[schemars(range(min = 0))]
    calls: Option<f64>,
    /// How long it takes; used when every statement has calls and mean_ms.
    #[schemars(range(min = 0))]
    mean_ms: Option<f64>,
}

/// Indexes that pay, best first. Statements are named by their place in the input, from 0.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The answer in one line.
    verdict: String,
    /// Indexes to build; nothing was built.
    suggestions: Vec<Suggestion>,
    /// Indexes on the same tables that another one makes superfluous.
    drops: Vec<Drop>,
    /// What else would help.
    other_advice: Vec<Other>,
    /// Statements that no suggestion helps, and why.
    unhelped: Vec<Unhelped>,
    /// Statements that could not be advised on.
    skipped: Vec<Skipped>,
    totals: Totals,
    /// Time was up before everything was tried: asking about fewer statements may find more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut_short: bool,
    /// Entries left out to keep the answer short; ask about fewer statements to see them.
    #[serde(skip_serializing_if = "is_zero")]
    omitted: u32,
}

/// One index to build.
#[derive(Debug, Serialize, JsonSchema)]
struct Suggestion {
    /// Builds it without blocking writes; not inside a transaction.
    ddl: String,
    /// Takes it back.
    undo: String,
    reason: String,
    /// What it will take on disk when freshly built: modelled.
    size_bytes: u64,
    /// Where cost_after comes from.
    confidence: Confidence,
    affected: Vec<Affected>,
}

/// A statement that a suggestion helps. Costs are in the planner's units.
#[derive(Debug, Serialize, JsonSchema)]
struct Affected {
    statement: usize,
    /// The planner's, today.
    cost_before: f64,
    /// With all suggestions built.
    cost_after: f64,
}

/// Over all statements that were not skipped, each once.
#[derive(Debug, Serialize, JsonSchema)]
struct Totals {
    cost_before: f64,
    cost_after: f64,
    /// Plans that PostgreSQL made for this answer.
    explains: u64,
    ms: f64,
}

impl Input {
    fn check(&self) -> Result<(), ToolError> {
        let mistake =
            |message: String| Err(ToolError::new("invalid_arguments", format!("suggest_index: {message}")));
        if self.statements.is_empty() || self.statements.len() > MOST_STATEMENTS {
            let count = self.statements.len();
            return mistake(format!("give 1 to {MOST_STATEMENTS} statements, not {count}"));
        }
        if self.budget_mb.is_some_and(|budget| !budget.is_finite() || budget <= 0.0) {
            return mistake("budget_mb must be more than 0".to_owned());
        }
        let is_wrong = |figure: Option<f64>| figure.is_some_and(|figure| !figure.is_finite() || figure < 0.0);
        match self.statements.iter().position(|one| is_wrong(one.calls) || is_wrong(one.mean_ms)) {
            Some(at) => mistake(format!("statements[{at}]: calls and mean_ms must not be negative")),
            None => Ok(()),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be positive")]
    fn budget_bytes(&self) -> Option<u64> {
        self.budget_mb.map(|budget| (budget * 1024.0 * 1024.0) as u64)
    }
}

impl Tool for SuggestIndex {
    const NAME: &'static str = "suggest_index";
    const TITLE: &'static str = "Suggest indexes";
    const DESCRIPTION: &'static str = "Finds the B-tree indexes that pay for one or several queries, with DDL, size, cost \
        before and after, and rollback; says so when none pays. Never proposes what an existing index serves, and builds \
        nothing: plans and statistics are read only. Next: a person runs the DDL, then explain_query again.";
    const ACCESS: Access = Access::ReadCatalog;
    type Input = Input;
    type Output = Output;

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        let started = Instant::now();
        input.check()?;
        let budget_bytes = input.budget_bytes();
        let asked: Vec<Asked> = input
            .statements
            .into_iter()
            .map(|one| Asked { sql: one.sql, calls: one.calls, mean_ms: one.mean_ms })
            .collect();
        // One session at a time: a pool may hold no more.
        let session = Given::open(call).await?;
        let (workload, skipped) = workload::read(&session.reading, &asked).await?;
        let taken = taken_names(&session.reading, &workload).await?;
        let candidates = wanted(&workload);
        let searched = search(call, session, &workload, &candidates, budget_bytes).await?;
        let mut output = answer(&workload, &searched, skipped, taken, budget_bytes.is_some());
        output.totals.explains =
            searched.explains.saturating_add(u64::try_from(workload.statements.len()).unwrap_or(0));
        output.totals.ms = started.elapsed().as_secs_f64() * 1_000.0;
        Ok(output)
    }
}

/// A session that can be given up rather than pooled.
struct Given {
    reading: ReadSession,
    cancel: CancellationToken,
}

impl Given {
    async fn open(call: &Call) -> Result<Self, ToolError> {
        let cancel = call.cancel.child_token();
        let scope = Scope { cancel: cancel.clone(), ..call.scope() };
        Ok(Self { reading: call.database.read(&scope).await?, cancel })
    }
}

/// The candidates that no existing index serves, the likeliest of very many.
fn wanted(workload: &Workload) -> Vec<Candidate> {
    let mut candidates = candidates::of(workload);
    candidates.retain(|candidate| {
        workload.tables.get(&candidate.table).is_some_and(|table| served::by(candidate, table).is_none())
    });
    candidates::likeliest(candidates, workload, search::MOST_CANDIDATES)
}

struct Searched {
    found: Found,
    confidence: Confidence,
    explains: u64,
}

async fn search(
    call: &Call,
    session: Given,
    workload: &Workload,
    candidates: &[Candidate],
    budget_bytes: Option<u64>,
) -> Result<Searched, ToolError> {
    let bounds = || Bounds { cancel: call.cancel.clone(), until: Instant::now() + search::LONGEST };
    if let Some(searched) = search_what_if(&session, workload, candidates, budget_bytes, &bounds()).await? {
        return Ok(searched);
    }
    // The model asks nothing of it, and others may be waiting.
    drop(session);
    let mut evaluator = Modelled::default();
    let found = search::best(workload, candidates, budget_bytes, &bounds(), &mut evaluator).await?;
    Ok(Searched { found, confidence: evaluator.confidence(), explains: 0 })
}

/// A session that may still hold hypothetical indexes is given up, not pooled.
async fn search_what_if(
    session: &Given,
    workload: &Workload,
    candidates: &[Candidate],
    budget_bytes: Option<u64>,
    bounds: &Bounds,
) -> Result<Option<Searched>, ToolError> {
    let trial = candidates
        .first()
        .and_then(|first| workload.tables.get(&first.table).map(|table| ddl::hypothetical(first, table)));
    let Some(trial) = trial else { return Ok(None) };
    let Some(mut evaluator) = WhatIf::at(&session.reading, &trial).await? else { return Ok(None) };
    let found = search::best(workload, candidates, budget_bytes, bounds, &mut evaluator).await;
    let (confidence, explains) = (evaluator.confidence(), evaluator.explains());
    let ended = evaluator.end().await;
    if found.is_err() || ended.is_err() {
        session.cancel.cancel();
        // A cancelled session notices with its next statement.
        let _ = evaluator.end().await;
    }
    match found {
        Ok(found) => Ok(Some(Searched { found, confidence, explains })),
        Err(error) if bounds.cancel.is_cancelled() => Err(error),
        // HypoPG failed on something; the model goes on without it.
        Err(_) => Ok(None),
    }
}

/// Names in the tables' schemas that begin as those of suggested indexes do.
async fn taken_names(session: &ReadSession, workload: &Workload) -> Result<BTreeSet<String>, ToolError> {
    let tables: Vec<u32> = workload.tables.keys().copied().collect();
    let rows =
        session.query(include_str!("suggest_index/taken_names.sql"), &[(&tables, Type::OID_ARRAY)]).await?;
    Ok(rows.iter().map(|row| row.get("name")).collect())
}

fn answer(
    workload: &Workload,
    searched: &Searched,
    skipped: Vec<Skipped>,
    mut taken: BTreeSet<String>,
    has_budget: bool,
) -> Output {
    let Searched { found, confidence, .. } = searched;
    let mut suggestions = Vec::new();
    let mut drops: Vec<Drop> = workload.tables.values().flat_map(drops::of).collect();
    for choice in &found.choices {
        let Some(table) = workload.tables.get(&choice.candidate.table) else { continue };
        let name = ddl::name(&choice.candidate, table, &taken);
        suggestions.push(Suggestion {
            ddl: ddl::create(&name, &choice.candidate, table),
            undo: ddl::drop(&name, table),
            reason: advice::reason(&choice.candidate, &choice.affected, workload),
            size_bytes: choice.size_bytes,
            confidence: *confidence,
            affected: choice.affected.iter().filter_map(|place| affected(workload, found, *place)).collect(),
        });
        for replaced in drops::replaced_by(&choice.candidate, &name, table) {
            if !drops.iter().any(|drop| drop.ddl == replaced.ddl) {
                drops.push(replaced);
            }
        }
        taken.insert(name);
    }
    let limit = match (found.cut_short, has_budget) {
        (true, _) => Limit::Time,
        (false, true) => Limit::Budget,
        (false, false) => Limit::Nothing,
    };
    let is_helped = |place: usize| found.choices.iter().any(|choice| choice.affected.contains(&place));
    let unhelped = workload
        .statements
        .iter()
        .enumerate()
        .filter(|(place, _)| !is_helped(*place))
        .map(|(_, statement)| advice::unhelped(statement, workload, limit))
        .collect();
    let mut output = Output {
        verdict: String::new(),
        suggestions,
        drops,
        other_advice: advice::other(workload),
        unhelped,
        skipped,
        totals: Totals {
            cost_before: rounded(found.before.iter().sum()),
            cost_after: rounded(found.after.iter().sum()),
            explains: 0,
            ms: 0.0,
        },
        cut_short: found.cut_short,
        omitted: 0,
    };
    output.verdict = text::verdict(&output);
    output
}

fn affected(workload: &Workload, found: &Found, place: usize) -> Option<Affected> {
    Some(Affected {
        statement: workload.statements.get(place)?.number,
        cost_before: rounded(*found.before.get(place)?),
        cost_after: rounded(*found.after.get(place)?),
    })
}

/// Costs are estimates: two decimals, as EXPLAIN gives.
fn rounded(cost: f64) -> f64 {
    (cost * 100.0).round() / 100.0
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.omitted +=
            budget.keep(&mut self.suggestions, |one| 2 * text::suggestion(one, 1).chars().count());
        self.omitted += budget.keep(&mut self.drops, |one| 10 * text::drop(one).chars().count());
        self.omitted += budget.keep(&mut self.other_advice, |one| 6 * text::other(one).chars().count());
        self.omitted += budget.keep(&mut self.unhelped, |one| 8 * one.reason.chars().count());
        self.omitted += budget.keep(&mut self.skipped, |one| 6 * one.reason.chars().count());
    }

    fn render(&self, page: &mut Page) {
        text::answer(page, self);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mistake(json: &str) -> String {
        serde_json::from_str::<Input>(json).unwrap().check().unwrap_err().message
    }

    #[test]
    fn arguments_out_of_range_are_named() {
        assert!(mistake(r#"{"statements": []}"#).contains("1 to 50 statements"));
        assert!(mistake(r#"{"statements": [{"sql": "x"}], "budget_mb": 0}"#).contains("budget_mb"));
        assert!(
            mistake(r#"{"statements": [{"sql": "x"}, {"sql": "y", "calls": -1}]}"#).contains("statements[1]")
        );
    }

    #[test]
    fn later_arguments_are_refused_for_now() {
        assert!(serde_json::from_str::<Input>(r#"{"source": "pg_stat_statements"}"#).is_err());
    }
}
