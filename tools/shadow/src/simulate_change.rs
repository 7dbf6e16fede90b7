//! `simulate_change`: what indexes, constraints, settings or growth would do to the plans of some queries, before anybody
//! makes the change.
//!
//! The catalogue and the statistics of the database are read; the planning is done on an empty copy on this machine, by
//! the same major version. Nothing is built there where the rows are.

mod growth;
mod upkeep;
mod workload;

use std::collections::BTreeSet;
use std::sync::Arc;

use pgwright_contract::units::{bytes, count, round};
use pgwright_contract::{Access, Answer, Budget, Call, Page, Tool, ToolError};
use pgwright_plan::model::Plan;
use pgwright_postgres::PlannerSettings;
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::growth::Growth;
pub use self::upkeep::Upkeep;
use self::workload::Asked;
pub use self::workload::Source;
use crate::snapshot::Writes;
use crate::{Applied, CandidateId, Change, Shadow, ShadowError, Shadows, Snapshot, Wanted, capture};

const MOST_STATEMENTS: usize = 50;
const MOST_CHANGES: usize = 20;
/// A statement is changed when its cost is, by more than rounding.
const CHANGED: f64 = 1e-6;
/// Text of a database or of a caller in one line.
const LONGEST: usize = 400;

/// The tool.
#[derive(Debug)]
pub struct SimulateChange {
    shadows: Arc<Shadows>,
}

impl SimulateChange {
    /// Over these shadows.
    pub fn new(shadows: Arc<Shadows>) -> Self {
        Self { shadows }
    }
}

/// What to try, on what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1 to 20 changes, made one after another: `create index …`, `drop index …`, `alter table … add constraint …` or
    /// `drop constraint …`, `create statistics …`, `set work_mem = '64MB'`.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Tables that grow, with their rows, pages, indexes and key values. Foreign keys follow the table they point to; columns of
    /// which all values are there stay.
    #[serde(default)]
    pub growth: Vec<Growth>,
    /// 1 to 50 queries to plan before and after; or give source.
    #[serde(default)]
    pub statements: Vec<String>,
    /// `pg_stat_statements`: the queries that take most of the database's time, as generic plans.
    pub source: Option<Source>,
    /// A snapshot's JSON, as `pgwright snapshot` writes it, in place of the database's own catalogue.
    pub snapshot: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The answer in one line.
    pub verdict: String,
    /// The queries, those that get worse first, then those that gain most.
    pub statements: Vec<Planned>,
    /// The indexes of the change.
    pub objects: Vec<Object>,
    /// What else to know: changes that cannot be judged, what differs from production.
    pub notes: Vec<String>,
    /// Statements that were left out of a long answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted: u32,
}

/// A query before and after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Planned {
    /// Its number in the input, or among the counted ones, from 1.
    pub statement: u32,
    /// For explain_query, of a counted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// How often it ran, of a counted one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// The planner's cost as it is.
    pub cost_before: f64,
    /// The planner's cost after the change.
    pub cost_after: f64,
    /// Whether its plan or its cost changes.
    pub changed: bool,
    /// The indexes that its plan uses after the change.
    pub indexes_used: Vec<String>,
    /// Why it could not be planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An index of the change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Object {
    /// The statement that makes it.
    pub ddl: String,
    /// What it would take, freshly built; modelled.
    pub size_bytes: u64,
    /// What building it locks.
    pub lock: String,
    /// How long building it may take on an idle machine, modelled, give or take a factor of three.
    pub build_ms: f64,
    /// Whether any of the queries uses it.
    pub used: bool,
    /// What it adds to writes.
    pub upkeep: Upkeep,
}

impl Tool for SimulateChange {
    const NAME: &'static str = "simulate_change";
    const TITLE: &'static str = "Simulate a change";
    const DESCRIPTION: &'static str = "Says what indexes, constraints, statistics, planner settings or growth would do to the plans of \
        queries, given or the busiest: cost before and after, indexes used, size, lock, upkeep. Planned exactly, on an empty copy from the statistics; nothing is \
        built or run in the database. Next: a person makes the change; suggest_index finds indexes itself.";
    const ACCESS: Access = Access::ReadCatalog;
    type Input = Input;
    type Output = Output;

    async fn run(&self, call: &Call, input: Input) -> Result<Output, ToolError> {
        input.check()?;
        let changes: Vec<Change> = input
            .changes
            .iter()
            .map(|sql| Change::parse(sql).map_err(ShadowError::from))
            .collect::<Result<_, _>>()?;
        for change in &changes {
            check_setting(change)?;
        }
        let (snapshot, statements, note) = match &input.snapshot {
            Some(json) => {
                let snapshot = Snapshot::from_json(json)
                    .map_err(|error| ToolError::new("invalid_arguments", error.to_string()))?;
                (snapshot, workload::given(&input.statements)?, None)
            }
            None => read(call, &input, &changes).await?,
        };
        let mut simulation = Simulation::on(self.shadows.materialise(&snapshot).await?);
        let before = simulation.plans(&statements).await;
        simulation.notes.extend(note);
        simulation.compare(&before, &statements);
        if !input.growth.is_empty() {
            let grown = growth::of(&snapshot, &input.growth)?;
            simulation.shadow = self.shadows.materialise(&grown).await?;
        }
        let made = simulation.make(&changes).await?;
        let after = simulation.plans(&statements).await;
        let Simulation { mut notes, shadow, .. } = simulation;
        notes.extend(shadow.notes().iter().cloned());
        let planned = outcomes(&statements, &before, &after);
        let used: BTreeSet<&String> = planned.iter().flat_map(|one| &one.indexes_used).collect();
        let objects: Vec<Object> = made
            .into_iter()
            .map(|(ddl, table, prepared)| Object {
                upkeep: upkeep_of(&prepared, &snapshot, &table),
                lock: lock(&ddl).to_owned(),
                build_ms: build_ms(prepared.size_bytes),
                used: prepared.names.iter().any(|name| used.contains(name)),
                size_bytes: prepared.size_bytes,
                ddl,
            })
            .collect();
        let verdict = verdict(&planned, &objects);
        Ok(Output { verdict, statements: planned, objects, notes, omitted: 0 })
    }
}

impl Input {
    fn check(&self) -> Result<(), ToolError> {
        let mistake = |message: &str| Err(ToolError::new("invalid_arguments", message));
        match (self.statements.len(), self.source, &self.snapshot) {
            (1..=MOST_STATEMENTS, None, _) | (0, Some(_), None) => {}
            (_, Some(_), Some(_)) => {
                return mistake("source: a snapshot holds no counted statements; give statements");
            }
            (1.., Some(_), _) => return mistake("statements and source exclude each other"),
            _ => return mistake("statements: give 1 to 50 queries, or source"),
        }
        let changes = self.changes.len() + self.growth.len();
        if changes == 0 || changes > MOST_CHANGES {
            return mistake("changes and growth: give 1 to 20 in all");
        }
        if self.growth.iter().any(|one| !one.is_sane()) {
            return mistake("growth: factor is a number from 0.01 to 10000");
        }
        Ok(())
    }
}

/// Only what plans depend on may be set, and only to values that make sense.
fn check_setting(change: &Change) -> Result<(), ToolError> {
    let Change::Set { name, value } = change else { return Ok(()) };
    let value = serde_json::Value::from(value.as_str());
    PlannerSettings::read([(name, &value)], false)
        .map(drop)
        .map_err(|error| ToolError::new("change_not_allowed", error.to_string()).hint(error.hint()))
}

/// The snapshot of what the statements and changes touch, and the statements with the costs that the database itself gives.
async fn read(
    call: &Call,
    input: &Input,
    changes: &[Change],
) -> Result<(Snapshot, Vec<Asked>, Option<String>), ToolError> {
    let mut statements = workload::given(&input.statements)?;
    let session = call.read_snapshot().await?;
    let mut note = None;
    if input.source.is_some() {
        (statements, note) = workload::counted(&session).await?;
    } else {
        for statement in &mut statements {
            statement.planned_there(&session).await?;
        }
    }
    let mut relations = BTreeSet::new();
    for statement in &statements {
        relations.extend(statement.relations(&session).await);
    }
    for table in changes.iter().filter_map(table_of).chain(input.growth.iter().map(|one| &one.table)) {
        relations.insert(session.resolve(table).await?.oid);
    }
    let functions =
        statements.iter().flat_map(|one| one.sql.functions()).map(|name| name.name.clone()).collect();
    let wanted = Wanted { functions, ..Wanted::relations(relations) };
    Ok((capture(&session, &wanted).await?, statements, note))
}

fn table_of(change: &Change) -> Option<&pgwright_sql::RelationName> {
    match change {
        Change::CreateIndex { table, .. } | Change::Constraint { table, .. } => Some(table),
        _ => None,
    }
}

fn upkeep_of(prepared: &crate::Prepared, snapshot: &Snapshot, table: &RelationName) -> Upkeep {
    let (mut rows, mut writes) = (0.0, Writes::default());
    for part in snapshot.named(table).into_iter().flat_map(|table| snapshot.with_children(table)) {
        if !part.has_rows() {
            continue;
        }
        rows += part.figures.rows();
        writes.inserted += part.writes.inserted;
        writes.updated += part.writes.updated;
        writes.hot += part.writes.hot;
        writes.deleted += part.writes.deleted;
    }
    Upkeep::of(prepared, rows, writes)
}

struct Simulation {
    shadow: Shadow,
    with: Vec<CandidateId>,
    without: Vec<u32>,
    notes: Vec<String>,
}

impl Simulation {
    fn on(shadow: Shadow) -> Self {
        Self { shadow, with: Vec::new(), without: Vec::new(), notes: Vec::new() }
    }

    async fn plans(&mut self, statements: &[Asked]) -> Vec<Result<Plan, String>> {
        let mut plans = Vec::new();
        for statement in statements {
            let plan = self.shadow.plan(&statement.sql, &self.with, &self.without).await;
            plans.push(plan.map_err(|error| error.to_string()));
        }
        plans
    }

    /// Says where the copy does not give the costs that the database gives.
    #[allow(clippy::cast_precision_loss, reason = "few statements")]
    fn compare(&mut self, before: &[Result<Plan, String>], statements: &[Asked]) {
        let pairs: Vec<(f64, f64)> = before
            .iter()
            .zip(statements)
            .filter_map(|(here, asked)| Some((here.as_ref().ok()?.root().estimate.total_cost, asked.theirs?)))
            .collect();
        let differing = pairs.iter().filter(|(here, there)| (here / there - 1.0).abs() > 0.01).count();
        if differing > 0 {
            self.notes.push(format!(
                "for {differing} of {} statements the database's own cost of today differs from the copy's by more than 1 %",
                pairs.len()
            ));
        }
    }

    async fn make(
        &mut self,
        changes: &[Change],
    ) -> Result<Vec<(String, RelationName, crate::Prepared)>, ToolError> {
        let mut made = Vec::new();
        for change in changes {
            match self.shadow.apply(change).await? {
                Applied::Index(prepared) => {
                    self.with.push(prepared.id);
                    self.notes.extend(prepared.assumed.clone());
                    let Change::CreateIndex { sql, table } = change else { continue };
                    made.push((sql.clone(), table.clone(), prepared));
                }
                Applied::Without(oids) => self.without.extend(oids),
                Applied::Done { note } => self.notes.extend(note),
            }
        }
        Ok(made)
    }
}

fn outcomes(
    statements: &[Asked],
    before: &[Result<Plan, String>],
    after: &[Result<Plan, String>],
) -> Vec<Planned> {
    let mut planned: Vec<Planned> = before
        .iter()
        .zip(after)
        .zip(statements)
        .enumerate()
        .map(|(place, (pair, asked))| {
            let mut planned = match pair {
                (Ok(before), Ok(after)) => of_plans(before, after),
                (Err(error), _) | (_, Err(error)) => {
                    Planned { error: Some(error.clone()), ..Planned::default() }
                }
            };
            planned.statement = u32::try_from(place + 1).unwrap_or(u32::MAX);
            (planned.handle, planned.calls) = asked.counted.clone().unzip();
            planned
        })
        .collect();
    let ratio = |one: &Planned| one.cost_after / one.cost_before.max(f64::MIN_POSITIVE);
    let worse = |one: &Planned| ratio(one) > 1.0 + CHANGED;
    planned.sort_by(|one, other| {
        let key = |one: &Planned| if worse(one) { 1.0 / ratio(one) - 1.0 } else { ratio(one) };
        key(one).total_cmp(&key(other))
    });
    planned
}

fn of_plans(before: &Plan, after: &Plan) -> Planned {
    let indexes = |plan: &Plan| -> BTreeSet<String> {
        plan.nodes.iter().filter_map(|node| node.index()).map(str::to_owned).collect()
    };
    let kinds = |plan: &Plan| plan.nodes.iter().map(|node| node.kind.clone()).collect::<Vec<_>>();
    let (cost_before, cost_after) = (before.root().estimate.total_cost, after.root().estimate.total_cost);
    let same_cost = (cost_after - cost_before).abs() <= CHANGED * cost_before;
    Planned {
        cost_before: round(cost_before),
        cost_after: round(cost_after),
        changed: !same_cost || indexes(before) != indexes(after) || kinds(before) != kinds(after),
        indexes_used: indexes(after).into_iter().collect(),
        ..Planned::default()
    }
}

fn lock(ddl: &str) -> &'static str {
    if ddl.to_ascii_lowercase().contains("unique") {
        "SHARE on the table: writes wait, reads go on; with CONCURRENTLY neither waits, and duplicates make it fail"
    } else {
        "SHARE on the table: writes wait, reads go on; with CONCURRENTLY neither waits"
    }
}

/// About 40 MB of index a second: sorting, writing, reading the table.
#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn build_ms(size_bytes: u64) -> f64 {
    round(10.0 + size_bytes as f64 / 40e3)
}

fn verdict(planned: &[Planned], objects: &[Object]) -> String {
    // Of what was counted each call counts.
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let (before, after): (f64, f64) = planned.iter().fold((0.0, 0.0), |(before, after), one| {
        let calls = one.calls.unwrap_or(1) as f64;
        (before + calls * one.cost_before, after + calls * one.cost_after)
    });
    let worse =
        planned.iter().filter(|one| one.error.is_none() && one.cost_after > one.cost_before * 1.01).count();
    let better = planned.iter().filter(|one| one.cost_after < one.cost_before * 0.99).count();
    let unused = objects.iter().filter(|one| !one.used).count();
    let mut text = format!(
        "cost {} → {}: {better} of {} statements gain, {worse} lose (exact what-if)",
        count(before),
        count(after),
        planned.len()
    );
    if unused > 0 {
        text += &format!("; {unused} of {} new indexes would not be used", objects.len());
    }
    text
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Answer for Output {
    fn fit(&mut self, budget: &Budget) {
        self.omitted += budget.keep(&mut self.statements, |one| 2 * line(one).chars().count());
        budget.keep(&mut self.notes, |one| 6 * one.chars().count());
    }

    fn render(&self, page: &mut Page) {
        page.line(&self.verdict);
        for one in &self.statements {
            page.line(line(one));
        }
        if self.omitted > 0 {
            page.line(format!("{} more statements: ask about fewer", self.omitted));
        }
        for one in &self.objects {
            let used = if one.used { "used" } else { "not used by any of these" };
            page.line(format!(
                "{}: {} (modelled), {used}",
                Page::data(&one.ddl, LONGEST),
                bytes(one.size_bytes)
            ));
            page.line(format!("  build about {} ms; lock: {}", count(one.build_ms), one.lock));
            page.line(format!("  {}", upkeep(&one.upkeep)));
        }
        for note in &self.notes {
            page.line(format!("note: {}", Page::data(note, LONGEST)));
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows")]
fn upkeep(one: &Upkeep) -> String {
    format!(
        "upkeep about {} bytes of WAL for each row written; counted so far: {} inserts, {} updates, {} of them HOT",
        count(one.wal_bytes_per_row),
        count(one.inserted_rows as f64),
        count(one.updated_rows as f64),
        count(one.hot_rows as f64)
    )
}

fn line(one: &Planned) -> String {
    let name = match &one.handle {
        Some(handle) => format!("{handle} ({} calls)", one.calls.unwrap_or_default()),
        None => format!("statement {}", one.statement),
    };
    match &one.error {
        Some(error) => format!("{name}: not planned: {}", Page::data(error, LONGEST)),
        None if !one.changed => {
            format!("{name}: cost {}, unchanged", count(one.cost_before))
        }
        None => {
            let used =
                if one.indexes_used.is_empty() { "none".to_owned() } else { one.indexes_used.join(", ") };
            format!(
                "{name}: cost {} → {}; indexes: {}",
                count(one.cost_before),
                count(one.cost_after),
                Page::data(&used, LONGEST)
            )
        }
    }
}
