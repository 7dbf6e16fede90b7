//! `suggest_index`: which indexes would pay for these statements, and what each would take.
//!
//! Reads the catalogue, statistics and plans; builds nothing but, where asked to verify, what it takes back. Costs before
//! are the planner's own; where costs after come from, each suggestion says.

mod offline;
mod text;
mod verified;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError, named_file};
use pgwright_postgres::catalog::Table;
use pgwright_postgres::{ReadSession, Scope, Type};
use pgwright_shadow::{Shadows, Snapshot};
use pgwright_sql::without_values;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::advice::{self, Limit, Other, Unhelped};
use crate::candidates::{self, Candidate, Method};
use crate::drops::{self, Drop};
use crate::evaluate::{Confidence, Evaluator, Modelled, Shadowed, WhatIf};
use crate::search::{self, Bounds, Found};
use crate::workload::{self, Asked, Skipped, Workload};
use crate::{ddl, served, verify};

/// The tool.
#[derive(Debug, Clone)]
pub struct SuggestIndex {
    shadows: Arc<Shadows>,
    roots: Vec<PathBuf>,
}

impl SuggestIndex {
    /// The tool, with the place where shadows of databases are made, and the directories that files may be read from.
    pub fn new(shadows: Arc<Shadows>, roots: Vec<PathBuf>) -> Self {
        Self { shadows, roots }
    }
}

const MOST_STATEMENTS: usize = 100;
const MOST_SECONDS: f64 = 120.0;
/// Such as are named that were thought of.
const MOST_NOT_RECOMMENDED: usize = 10;
/// What is shown of a statement.
const LONGEST_SQL: usize = 300;
/// Candidates that are made on a shadow.
const MOST_MADE: usize = 150;
/// What an answer in full may take.
const MOST_TOKENS: usize = 8_000;
/// Statements that are taken from the server's count.
const COUNTED: u16 = 60;

/// The statements to find indexes for: give `statements`, `source` or `log_file`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Queries as the application sends them, with literals or with $1. Writes count as upkeep of indexes.
    #[serde(default)]
    #[schemars(length(max = 100))]
    statements: Vec<StatementInput>,
    /// Takes the statements that the server counted instead, those first that took most time.
    source: Option<Source>,
    /// Takes the statements of a server's log instead: path of a csvlog or jsonlog under a configured directory.
    log_file: Option<String>,
    /// A file that `pgwright snapshot` wrote, under a configured directory, or its JSON: advises on that database, which need
    /// not be reached.
    snapshot: Option<String>,
    /// Development databases only: builds the indexes, measures, and takes them back. Blocks writes to the tables meanwhile.
    #[serde(default)]
    verify: bool,
    /// The most that all suggested indexes may take together, freshly built.
    #[schemars(range(min = 0))]
    budget_mb: Option<f64>,
    /// Default: brief, the first few suggestions. Full: as many as an answer holds.
    #[serde(default)]
    detail: Detail,
    /// How long to search at most. Default: 10.
    #[schemars(range(min = 0, max = 120))]
    max_seconds: Option<f64>,
}

/// A statement, by itself or with how often it runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum StatementInput {
    Bare(String),
    Weighed(WeighedInput),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct WeighedInput {
    sql: String,
    /// How often it runs: weighs it against the others.
    #[schemars(range(min = 0))]
    calls: Option<f64>,
    /// How long it takes; used when every statement has calls and mean_ms.
    #[schemars(range(min = 0))]
    mean_ms: Option<f64>,
}

/// How long the answer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Detail {
    #[default]
    Brief,
    Full,
}

/// Where statements come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Source {
    PgStatStatements,
}

/// Indexes that pay, best first. Statements are named by their place in the input, or in `statements`, from 0.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The answer in one line.
    verdict: String,
    /// Indexes to build; nothing was built.
    suggestions: Vec<Suggestion>,
    /// Indexes on the same tables that can go: another one does their work, or nothing uses them.
    drops: Vec<Drop>,
    /// What else would help.
    other_advice: Vec<Other>,
    /// Statements that no suggestion helps, and why.
    unhelped: Vec<Unhelped>,
    /// Statements that could not be advised on.
    skipped: Vec<Skipped>,
    /// Indexes that were thought of and are not suggested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_recommended: Vec<NotRecommended>,
    /// The statements, where they were not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<String>,
    totals: Totals,
    /// Time was up before everything was tried: asking about fewer statements may find more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut_short: bool,
    /// Entries left out to keep the answer short; ask with detail full, or about fewer statements, to see them.
    #[serde(skip_serializing_if = "is_zero")]
    omitted: u32,
    /// Why the figures are no better than they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip)]
    detail: Detail,
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
    /// About how long it takes to build while writes go on: modelled.
    build_ms: f64,
    /// What building it locks: reads and writes go on, other changes of the table wait.
    lock: &'static str,
    /// WAL for each row that gets into it: modelled.
    wal_bytes_per_row: u64,
    /// What it took when it was built to verify it.
    #[serde(skip_serializing_if = "Option::is_none")]
    built: Option<Built>,
    affected: Vec<Affected>,
}

/// Measured, not modelled.
#[derive(Debug, Serialize, JsonSchema)]
struct Built {
    size_bytes: u64,
    /// While writes waited.
    ms: f64,
}

/// An index that was thought of.
#[derive(Debug, Serialize, JsonSchema)]
struct NotRecommended {
    ddl: String,
    reason: String,
}

/// A statement that a suggestion helps. Costs are in the planner's units.
#[derive(Debug, Serialize, JsonSchema)]
struct Affected {
    statement: usize,
    /// The planner's, today.
    cost_before: f64,
    /// With all suggestions built.
    cost_after: f64,
    /// How long it took without them, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    ms_before: Option<f64>,
    /// How long it took with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    ms_after: Option<f64>,
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
        let error =
            |message: String| ToolError::new("invalid_arguments", format!("suggest_index: {message}"));
        let mistake = |message: String| Err(error(message));
        let sources = [!self.statements.is_empty(), self.source.is_some(), self.log_file.is_some()];
        match sources.into_iter().filter(|given| *given).count() {
            0 => {
                return Err(error("give statements, source or log_file".to_owned()).next_step(
                    "suggest_index {\"source\": \"pg_stat_statements\"} takes what the server counted",
                ));
            }
            1 => {}
            _ => return mistake("statements, source and log_file exclude each other: give one".to_owned()),
        }
        if self.statements.len() > MOST_STATEMENTS {
            return Err(error(format!(
                "give 1 to {MOST_STATEMENTS} statements, not {}",
                self.statements.len()
            ))
            .next_step("send those first that take most time: top_queries ranks them"));
        }
        if self.snapshot.is_some() && (self.verify || self.source.is_some()) {
            return mistake("a snapshot has neither rows to verify on, nor a count of statements: give statements or log_file".to_owned());
        }
        let is_wrong =
            |figure: Option<f64>| figure.is_some_and(|figure| !figure.is_finite() || figure <= 0.0);
        if is_wrong(self.budget_mb) {
            return Err(error("budget_mb must be more than 0".to_owned()).next_step(
                "leave budget_mb out to have no limit; drops of superfluous indexes come with every answer",
            ));
        }
        if is_wrong(self.max_seconds) || self.max_seconds.is_some_and(|seconds| seconds > MOST_SECONDS) {
            return mistake(format!("max_seconds must be more than 0, and {MOST_SECONDS} at most"));
        }
        let is_negative =
            |figure: Option<f64>| figure.is_some_and(|figure| !figure.is_finite() || figure < 0.0);
        let is_off = |one: &StatementInput| match one {
            StatementInput::Bare(_) => false,
            StatementInput::Weighed(one) => is_negative(one.calls) || is_negative(one.mean_ms),
        };
        match self.statements.iter().position(is_off) {
            Some(at) => mistake(format!("statements[{at}]: calls and mean_ms must not be negative")),
            None => Ok(()),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be positive")]
    fn budget_bytes(&self) -> Option<u64> {
        self.budget_mb.map(|budget| (budget * 1024.0 * 1024.0) as u64)
    }

    fn longest(&self) -> Duration {
        self.max_seconds.map_or(search::LONGEST, Duration::from_secs_f64)
    }

    fn asked(self) -> Vec<Asked> {
        let asked = |one: StatementInput| match one {
            StatementInput::Bare(sql) => Asked { sql, calls: None, mean_ms: None },
            StatementInput::Weighed(one) => Asked { sql: one.sql, calls: one.calls, mean_ms: one.mean_ms },
        };
        self.statements.into_iter().map(asked).collect()
    }
}

impl Tool for SuggestIndex {
    const NAME: &'static str = "suggest_index";
    const TITLE: &'static str = "Suggest indexes";
    const DESCRIPTION: &'static str = "Finds the indexes of all kinds that pay for one or several queries, or for what the server \
        counted or logged, with DDL, size, cost before and after, and rollback, and such as can go; says so when none pays. \
        Builds nothing but with verify, which takes it back. Next: a person runs the DDL, then explain_query again.";
    const ACCESS: Access = Access::ReadCatalog;
    const MAX_ACCESS: Access = Access::WriteData;
    type Input = Input;
    type Output = Output;

    fn needs(input: &Input) -> Access {
        if input.verify { Access::WriteData } else { Access::ReadCatalog }
    }

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        input.check()?;
        if input.verify {
            verify::allowed(call)?;
        }
        match &input.snapshot {
            None => self.advise(call, call, input, None).await,
            Some(snapshot) => {
                let snapshot = offline::read(call, &self.roots, snapshot).await?;
                let shadow = self.shadows.materialise(&snapshot).await?;
                let there = Call { database: shadow.as_database().await?, ..call.clone() };
                self.advise(call, &there, input, Some(&snapshot)).await
            }
        }
    }
}

impl SuggestIndex {
    /// Advises on the database of `there`, for `call`.
    async fn advise(
        &self,
        call: &Call,
        there: &Call,
        input: Input,
        snapshot: Option<&Snapshot>,
    ) -> Result<Output, ToolError> {
        let started = Instant::now();
        let (budget_bytes, detail, verifies) = (input.budget_bytes(), input.detail, input.verify);
        let is_given = !input.statements.is_empty();
        let until = started + input.longest();
        // One session at a time: a pool may hold no more.
        let session = Given::open(there).await?;
        let asked = match (input.source, &input.log_file) {
            (Some(Source::PgStatStatements), _) => workload::counted(&session.reading, COUNTED).await?,
            (None, Some(file)) => {
                let path = named_file(call, &self.roots, file, "send the statements instead")?;
                let name = database_name(&session.reading).await?;
                workload::logged(path, name, usize::from(COUNTED)).await?
            }
            (None, None) => input.asked(),
        };
        let (mut workload, skipped) = workload::read(&session.reading, &asked).await?;
        let taken = taken_names(&session.reading, &workload).await?;
        let window = match snapshot {
            Some(snapshot) => offline::window(snapshot, &mut workload),
            None => window(&session.reading).await?,
        };
        let candidates = wanted(&workload);
        let bounds = Bounds { cancel: call.cancel.clone(), until };
        let (searched, note) =
            self.search(there, session, &workload, &candidates, budget_bytes, &bounds).await?;
        let mut output = answer(&workload, &searched, skipped, taken, budget_bytes.is_some(), &window);
        output.detail = detail;
        output.note = note;
        if verifies {
            verified::measure(call, &workload, &mut output).await?;
        }
        if !is_given {
            output.statements =
                asked.iter().map(|one| Page::data(&without_values(&one.sql), LONGEST_SQL)).collect();
        }
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

impl SuggestIndex {
    /// By the best evaluator at hand; a note says why it is not the first.
    async fn search(
        &self,
        call: &Call,
        session: Given,
        workload: &Workload,
        candidates: &[Candidate],
        budget_bytes: Option<u64>,
        bounds: &Bounds,
    ) -> Result<(Searched, Option<String>), ToolError> {
        let snapshot = Shadowed::seen(&session.reading, workload).await;
        // Others may be waiting for it while a server starts.
        drop(session);
        let shadow = match &snapshot {
            Ok(snapshot) => Shadowed::of(&self.shadows, snapshot, workload).await,
            Err(error) => Err(error.clone()),
        };
        let note = match shadow {
            Ok(mut evaluator) => {
                let by_model = modelled(workload, candidates, budget_bytes, bounds).await?;
                let candidates = &worth_making(candidates, &by_model.found, workload);
                let found = search::best(workload, candidates, budget_bytes, bounds, &mut evaluator).await;
                let reason = match found {
                    Ok(found) if found.cut_short && found.choices.is_empty() => "time was up".to_owned(),
                    Ok(found) if found.unjudged.len() < candidates.len().max(1) => {
                        return Ok((Searched::by(&evaluator, found), None));
                    }
                    Ok(found) if candidates.is_empty() => return Ok((Searched::by(&evaluator, found), None)),
                    Ok(found) => {
                        found.unjudged.first().map_or_else(String::new, |(_, reason)| reason.clone())
                    }
                    Err(error) if bounds.cancel.is_cancelled() => return Err(error),
                    Err(error) => error.message,
                };
                return Ok((by_model, Some(format!("no exact what-if: {reason}"))));
            }
            Err(error) if bounds.cancel.is_cancelled() => return Err(error),
            Err(error) => format!("no exact what-if: {}", error.message),
        };
        let session = Given::open(call).await?;
        let searched = match search_what_if(&session, workload, candidates, budget_bytes, bounds).await? {
            Some(searched) => searched,
            None => {
                // The model asks nothing of it, and others may be waiting.
                drop(session);
                modelled(workload, candidates, budget_bytes, bounds).await?
            }
        };
        Ok((searched, Some(note)))
    }
}

impl Searched {
    fn by(evaluator: &impl Evaluator, found: Found) -> Self {
        Self { found, confidence: evaluator.confidence(), explains: evaluator.explains() }
    }
}

/// Every index takes some milliseconds to make on a shadow: what the model chose, and else the likeliest.
fn worth_making(candidates: &[Candidate], by_model: &Found, workload: &Workload) -> Vec<Candidate> {
    let mut made: Vec<Candidate> = by_model.choices.iter().map(|choice| choice.candidate.clone()).collect();
    let likeliest = candidates::likeliest(candidates.to_vec(), workload, MOST_MADE);
    made.extend(
        likeliest.into_iter().filter(|one| !by_model.choices.iter().any(|choice| choice.candidate == *one)),
    );
    made
}

async fn modelled(
    workload: &Workload,
    candidates: &[Candidate],
    budget_bytes: Option<u64>,
    bounds: &Bounds,
) -> Result<Searched, ToolError> {
    let mut evaluator = Modelled::default();
    let found = search::best(workload, candidates, budget_bytes, bounds, &mut evaluator).await?;
    Ok(Searched::by(&evaluator, found))
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

/// As its server and its log call it.
async fn database_name(session: &ReadSession) -> Result<String, ToolError> {
    let rows = session.query(include_str!("suggest_index/database_name.sql"), &[]).await?;
    Ok(rows.first().map(|row| row.get("name")).unwrap_or_default())
}

/// Since when the server counts the scans of indexes.
async fn window(session: &ReadSession) -> Result<String, ToolError> {
    let rows = session.query(include_str!("suggest_index/counted_since.sql"), &[]).await?;
    let since: Option<String> = rows.first().and_then(|row| row.get("since"));
    Ok(since.map_or_else(|| "since its statistics began".to_owned(), |since| format!("since {since}")))
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
    window: &str,
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
            build_ms: rounded(build_ms(&choice.candidate, table, choice.size_bytes)),
            lock: "share update exclusive",
            wal_bytes_per_row: wal_bytes_per_row(&choice.candidate, table),
            built: None,
            affected: choice.affected.iter().filter_map(|place| affected(workload, found, *place)).collect(),
        });
        for replaced in drops::replaced_by(&choice.candidate, &name, table) {
            if !drops.iter().any(|drop| drop.ddl == replaced.ddl) {
                drops.push(replaced);
            }
        }
        taken.insert(name);
    }
    let chosen: Vec<&Candidate> = found.choices.iter().map(|choice| &choice.candidate).collect();
    for table in workload.tables.values() {
        for unused in drops::unused(table, &found.still_used, &chosen, window) {
            if !drops.iter().any(|known| known.ddl == unused.ddl) {
                drops.push(unused);
            }
        }
    }
    let not_recommended = found
        .unjudged
        .iter()
        .filter_map(|(candidate, reason)| {
            let table = workload.tables.get(&candidate.table)?;
            Some(NotRecommended { ddl: ddl::hypothetical(candidate, table), reason: reason.clone() })
        })
        .take(MOST_NOT_RECOMMENDED)
        .collect();
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
        not_recommended,
        statements: Vec::new(),
        totals: Totals {
            cost_before: rounded(found.before.iter().sum()),
            cost_after: rounded(found.after.iter().sum()),
            explains: 0,
            ms: 0.0,
        },
        cut_short: found.cut_short,
        omitted: 0,
        note: None,
        detail: Detail::default(),
    };
    output.verdict = text::verdict(&output);
    output
}

fn affected(workload: &Workload, found: &Found, place: usize) -> Option<Affected> {
    Some(Affected {
        statement: workload.statements.get(place)?.number,
        cost_before: rounded(*found.before.get(place)?),
        cost_after: rounded(*found.after.get(place)?),
        ms_before: None,
        ms_after: None,
    })
}

/// Two passes over the table, a sort of what is keyed, and the writing: on a machine of the usual kind.
#[allow(clippy::cast_precision_loss, reason = "an order of magnitude")]
fn build_ms(candidate: &Candidate, table: &Table, size_bytes: u64) -> f64 {
    let rows = table.estimated_rows.unwrap_or(0.0) * candidate.share();
    let per_row_us = match candidate.method {
        Method::Btree => 0.06 * rows.max(2.0).log2(),
        Method::Gin => 15.0,
        Method::Brin => 0.1,
    };
    let read_ms = 2.0 * (table.pages as f64) * 0.008;
    read_ms + rows * per_row_us / 1_000.0 + size_bytes as f64 / 400_000.0
}

/// A record of its own with the entry: seen on PostgreSQL 15.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred bytes")]
fn wal_bytes_per_row(candidate: &Candidate, table: &Table) -> u64 {
    let width: f64 = candidate
        .columns()
        .iter()
        .filter_map(|column| table.column(column)?.statistics.as_ref())
        .map(|known| f64::from(known.average_width_bytes))
        .sum();
    (match candidate.method {
        Method::Btree => 64.0 + 8.0 + width,
        Method::Gin => 80.0 + 3.0 * width,
        Method::Brin => 2.0,
    }) as u64
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
        let budget = &match self.detail {
            Detail::Brief => *budget,
            Detail::Full => Budget::tokens(MOST_TOKENS),
        };
        self.omitted +=
            budget.keep(&mut self.suggestions, |one| 2 * text::suggestion(one, 1).chars().count());
        self.omitted += budget.keep(&mut self.drops, |one| 5 * text::drop(one).chars().count());
        self.omitted += budget.keep(&mut self.other_advice, |one| 6 * text::other(one).chars().count());
        self.omitted += budget.keep(&mut self.unhelped, |one| 8 * one.reason.chars().count());
        self.omitted += budget.keep(&mut self.not_recommended, |one| 4 * one.ddl.chars().count());
        self.omitted += budget.keep(&mut self.statements, |one| 2 * one.chars().count());
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
        assert!(mistake(r#"{"statements": []}"#).contains("give statements"));
        let both = r#"{"statements": ["select 1"], "source": "pg_stat_statements"}"#;
        assert!(mistake(both).contains("exclude each other"));
        let offline = r#"{"statements": ["select 1"], "snapshot": "s.json", "verify": true}"#;
        assert!(mistake(offline).contains("a snapshot has neither"));
        assert!(mistake(r#"{"statements": ["select 1"], "max_seconds": 1e9}"#).contains("max_seconds"));
        assert!(mistake(r#"{"statements": [{"sql": "x"}], "budget_mb": 0}"#).contains("budget_mb"));
        assert!(
            mistake(r#"{"statements": [{"sql": "x"}, {"sql": "y", "calls": -1}]}"#).contains("statements[1]")
        );
    }

    #[test]
    fn a_bare_string_is_a_statement() {
        let input: Input =
            serde_json::from_str(r#"{"statements": ["select 1", {"sql": "select 2"}]}"#).unwrap();
        let sql: Vec<String> = input.asked().into_iter().map(|one| one.sql).collect();
        assert_eq!(sql, ["select 1", "select 2"]);
    }
}
