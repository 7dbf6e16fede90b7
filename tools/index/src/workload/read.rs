//! Reads a workload: each statement through the guard, its names through the catalogue, its plan from PostgreSQL.
//! A statement that fails anywhere is skipped with the reason, and the others go on.

use std::collections::{BTreeMap, HashMap};

use pgwright_contract::ToolError;
use pgwright_plan::Plan;
use pgwright_postgres::catalog::Table;
use pgwright_postgres::{DatabaseError, Explain, ReadSession, ResolveError};
use pgwright_sql::RelationName;
use pgwright_sql::analysis::{Access, Analysis, analyse, cast_typed_parameters, with_values};
use pgwright_sql::guard::{Admitted, StatementKind, admit};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Reading, Statement, Variant, Workload, Write, values};
use crate::lookup::Lookups;
use crate::scan::Planner;

/// One statement as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) sql: String,
    pub(crate) calls: Option<f64>,
    pub(crate) mean_ms: Option<f64>,
}

/// A statement that no advice can be given on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Skipped {
    /// Its place in the input, from 0.
    pub(crate) statement: usize,
    /// Why.
    pub(crate) reason: String,
}

/// Reads all statements.
pub(crate) async fn read(
    session: &ReadSession,
    asked: &[Asked],
) -> Result<(Workload, Vec<Skipped>), ToolError> {
    let planner = planner(session).await?;
    let mut catalogue = Catalogue::default();
    let has_trigrams = !session.query(include_str!("trigrams.sql"), &[]).await?.is_empty();
    let mut workload = Workload {
        statements: Vec::new(),
        tables: BTreeMap::new(),
        planner,
        writes: Vec::new(),
        has_trigrams,
    };
    let mut skipped = Vec::new();
    for (number, one) in asked.iter().enumerate() {
        match statement(session, number, &one.sql, &mut catalogue, &workload.planner).await {
            Ok(statement) => workload.statements.push(statement),
            Err(Stopped::Write(written)) => {
                let writes = writes(session, written, one.calls.unwrap_or(1.0), &mut catalogue).await?;
                let reason = if writes.is_empty() { WRITES } else { COUNTED };
                skipped.push(Skipped { statement: number, reason: reason.to_owned() });
                workload.writes.extend(writes);
            }
            Err(Stopped::Here(reason)) => skipped.push(Skipped { statement: number, reason }),
            Err(Stopped::Everywhere(error)) => return Err(error),
        }
    }
    workload.tables = catalogue.tables;
    weigh(&mut workload.statements, asked);
    Ok((workload, skipped))
}

/// Calls and times say what a saving is worth: time where every statement has both, calls otherwise.
fn weigh(statements: &mut [Statement], asked: &[Asked]) {
    let all_timed = asked.iter().all(|one| one.calls.is_some() && one.mean_ms.is_some());
    for statement in statements {
        let Some(one) = asked.get(statement.number) else { continue };
        let calls = one.calls.unwrap_or(1.0);
        statement.weight = match one.mean_ms {
            Some(mean_ms) if all_timed => calls * mean_ms / statement.cost().max(1.0),
            _ => calls,
        };
    }
}

const WRITES: &str = "it writes; only queries are advised on (send the SELECT that finds its rows)";
const COUNTED: &str =
    "it writes: counted as upkeep of indexes (send the SELECT that finds its rows to have that advised on)";

/// What a write does to the tables that it writes to.
async fn writes(
    session: &ReadSession,
    analysis: Box<Analysis>,
    calls: f64,
    catalogue: &mut Catalogue,
) -> Result<Vec<Write>, ToolError> {
    let mut writes = Vec::new();
    for table_use in analysis.tables.into_iter().filter(|table_use| table_use.access != Access::Read) {
        match catalogue.learn(session, &table_use.relation).await {
            Ok(()) => {
                let table = catalogue.oids.get(&table_use.relation).copied();
                writes.extend(table.map(|table| Write { table, access: table_use.access, calls }));
            }
            Err(error) => {
                if let Stopped::Everywhere(error) = Stopped::from(error) {
                    return Err(error);
                }
            }
        }
    }
    Ok(writes)
}

/// What ends a statement, and what ends the call.
enum Stopped {
    Here(String),
    Write(Box<Analysis>),
    Everywhere(ToolError),
}

impl From<DatabaseError> for Stopped {
    fn from(error: DatabaseError) -> Self {
        match &error {
            DatabaseError::Sql { .. } => {
                let ToolError { message, hint, next_step, .. } = error.into();
                let said = [Some(message), hint, next_step];
                Self::Here(said.into_iter().flatten().collect::<Vec<_>>().join("; "))
            }
            DatabaseError::Resolve(unknown) => Self::Here(match (unknown.hint(), unknown) {
                (Some(hint), _) => format!("{error}; {hint}"),
                (None, ResolveError::Unknown { .. }) => format!("{error}; no name is near"),
                (None, _) => error.to_string(),
            }),
            DatabaseError::Refused(_)
            | DatabaseError::OutOfReach(_)
            | DatabaseError::Parameter { .. }
            | DatabaseError::TooLarge { .. } => Self::Here(error.to_string()),
            _ => Self::Everywhere(error.into()),
        }
    }
}

#[derive(Default)]
struct Catalogue {
    tables: BTreeMap<u32, Table>,
    oids: HashMap<RelationName, u32>,
    columns: HashMap<RelationName, Vec<String>>,
}

impl Catalogue {
    async fn learn(&mut self, session: &ReadSession, name: &RelationName) -> Result<(), DatabaseError> {
        if self.oids.contains_key(name) {
            return Ok(());
        }
        let oid = session.resolve(name).await?.oid;
        if !self.tables.contains_key(&oid) {
            self.tables.extend(session.tables(&[oid]).await?.into_iter().map(|table| (table.oid, table)));
        }
        if let Some(table) = self.tables.get(&oid) {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            self.columns.insert(name.clone(), columns);
            self.oids.insert(name.clone(), oid);
        }
        Ok(())
    }
}

async fn statement(
    session: &ReadSession,
    number: usize,
    sql: &str,
    catalogue: &mut Catalogue,
    planner: &Planner,
) -> Result<Statement, Stopped> {
    let admitted = admitted(sql)?;
    for name in admitted.relations() {
        catalogue.learn(session, name).await?;
    }
    let analysis =
        analyse(admitted.sql(), &catalogue.columns).map_err(|error| Stopped::Here(error.to_string()))?;
    let relations: Vec<Option<u32>> =
        analysis.tables.iter().map(|table| catalogue.oids.get(&table.relation).copied()).collect();
    let tables: Vec<Option<&Table>> =
        relations.iter().map(|oid| catalogue.tables.get(oid.as_ref()?)).collect();
    let variants = variants(session, &admitted, &analysis, &tables, planner).await?;
    let lookups = tables
        .iter()
        .zip(&analysis.tables)
        .map(|(table, table_use)| table.map(|table| Lookups::of(table_use, table)))
        .collect();
    Ok(Statement { number, analysis, relations, lookups, variants, weight: 1.0 })
}

/// A statement with parameters is planned with values that the statistics give; with none, as for any value.
async fn variants(
    session: &ReadSession,
    sql: &Admitted,
    analysis: &Analysis,
    tables: &[Option<&Table>],
    planner: &Planner,
) -> Result<Vec<Variant>, Stopped> {
    let choices = match sql.parameters() {
        0 => Vec::new(),
        parameters => values::of(sql.sql(), parameters, analysis, tables),
    };
    let mut variants = Vec::new();
    for values in choices {
        let text = with_values(sql.sql(), &values).and_then(|text| admit(&text).ok());
        // A value may not fit where it stands; the others still may.
        if let Some(sql) = text
            && let Ok(variant) = variant(session, sql, analysis, tables, planner).await
        {
            variants.push(variant);
        }
    }
    if variants.is_empty() {
        variants.push(variant(session, sql.clone(), analysis, tables, planner).await?);
    }
    Ok(variants)
}

async fn variant(
    session: &ReadSession,
    sql: Admitted,
    analysis: &Analysis,
    tables: &[Option<&Table>],
    planner: &Planner,
) -> Result<Variant, Stopped> {
    let plan = explain(session, &sql).await?;
    let plan = Plan::from_json(&plan).map_err(|error| Stopped::Here(error.to_string()))?;
    let reading = Reading::of(&plan, analysis, tables, planner);
    Ok(Variant { sql, plan, reading })
}

fn admitted(sql: &str) -> Result<Admitted, Stopped> {
    let sql = cast_typed_parameters(sql);
    let admitted = admit(&sql).map_err(|refusal| {
        let written = analyse(&sql, &())
            .ok()
            .filter(|analysis| analysis.tables.iter().any(|table| table.access != Access::Read));
        match written {
            Some(written) => Stopped::Write(Box::new(written)),
            None => Stopped::Here(format!("{refusal}; allowed: {}", refusal.allowed)),
        }
    })?;
    match admitted.kind() {
        StatementKind::Query => Ok(admitted),
        StatementKind::Explain { .. } => {
            Err(Stopped::Here("send the bare SELECT, without EXPLAIN in front".to_owned()))
        }
        StatementKind::Show => Err(Stopped::Here("SHOW reads no table".to_owned())),
        StatementKind::Change => Err(Stopped::Here("it writes; only queries are advised on".to_owned())),
    }
}

/// A statement that PostgreSQL refuses must not end the transaction for the others.
pub(crate) async fn explain(session: &ReadSession, sql: &Admitted) -> Result<String, DatabaseError> {
    session.surviving(session.explain(sql, &[], Explain::default())).await
}

async fn planner(session: &ReadSession) -> Result<Planner, DatabaseError> {
    let rows = session.query(include_str!("planner.sql"), &[]).await?;
    let settings: HashMap<String, String> =
        rows.iter().map(|row| (row.get("name"), row.get("setting"))).collect();
    let defaults = Planner::default();
    let number = |name: &str, otherwise: f64| {
        settings.get(name).and_then(|setting| setting.parse().ok()).unwrap_or(otherwise)
    };
    Ok(Planner {
        seq_page_cost: number("seq_page_cost", defaults.seq_page_cost),
        random_page_cost: number("random_page_cost", defaults.random_page_cost),
        cpu_tuple_cost: number("cpu_tuple_cost", defaults.cpu_tuple_cost),
        cpu_index_tuple_cost: number("cpu_index_tuple_cost", defaults.cpu_index_tuple_cost),
        cpu_operator_cost: number("cpu_operator_cost", defaults.cpu_operator_cost),
        effective_cache_pages: number("effective_cache_size", defaults.effective_cache_pages),
        leader_participates: settings.get("parallel_leader_participation").is_none_or(|on| on == "on"),
    })
}
