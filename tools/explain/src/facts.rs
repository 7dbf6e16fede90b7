//! Facts about the tables of a plan, read from the catalogue in the same session.

use std::collections::{BTreeSet, HashMap};

use pgwright_plan::{Column, Facts, ForeignKey, Function, Index, Plan, Relation, Volatility};
use pgwright_postgres::catalog::{KeyPart, RelationKind, Table};
use pgwright_postgres::{DatabaseError, ReadSession};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::called;

/// Everything the findings can use. A table that is gone meanwhile is left out; what only some plans need is asked for those.
pub(crate) async fn of(plan: &Plan, statement: &str, session: &ReadSession) -> Result<Facts, DatabaseError> {
    let oids = scanned(plan, session).await?;
    let mut statistics = statistics(plan, &oids, session).await?;
    let tables = if oids.is_empty() { Vec::new() } else { session.outlines(&oids).await? };
    let settings = session.query(include_str!("settings.sql"), &[]).await?;
    Ok(Facts {
        relations: tables
            .into_iter()
            .map(|table| {
                let known = statistics.remove(&table.oid);
                relation(table, known)
            })
            .collect(),
        functions: functions(plan, statement, session).await?,
        foreign_keys: foreign_keys(plan, &oids, session).await?,
        settings: settings.iter().map(|row| (row.get("name"), row.get("value"))).collect(),
        statement: Some(statement.to_owned()),
    })
}

/// The tables that the plan names.
async fn scanned(plan: &Plan, session: &ReadSession) -> Result<Vec<u32>, DatabaseError> {
    let named: BTreeSet<(Option<&str>, &str)> =
        plan.nodes.iter().filter_map(|node| Some((node.schema(), node.relation()?))).collect();
    let (schemas, names): (Vec<Option<&str>>, Vec<&str>) = named.into_iter().unzip();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let params: &[(&(dyn ToSql + Sync), Type)] = &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)];
    let rows = session.query(include_str!("scanned.sql"), params).await?;
    Ok(rows.iter().map(|row| row.get("oid")).collect())
}

/// What analyze knows of whole tables; only a plan that ran can be judged by it.
#[derive(Default)]
struct Statistics {
    row_bytes: Option<f64>,
    analyzed: Option<bool>,
    dead_rows: Option<f64>,
    inserted_rows: Option<f64>,
    rewritten_rows: Option<f64>,
    grown_ratio: Option<f64>,
    extended: Vec<Vec<String>>,
}

impl Statistics {
    /// The rows that can have changed since the last analyze, of those that were counted.
    ///
    /// A session reports what it wrote up to a second late, so an analyze right behind a load leaves all of it counted as
    /// changed since. Rows that were inserted later than the analyze would have made the table larger.
    fn changed(&self, counted: f64, rows: f64) -> f64 {
        let ever =
            self.inserted_rows.zip(self.rewritten_rows).map(|(inserted, rewritten)| inserted + rewritten);
        let late = ever.is_some_and(|ever| counted >= ever);
        match (self.grown_ratio, self.rewritten_rows) {
            (Some(grown), Some(rewritten)) if late => {
                counted.min(((grown - 1.0).max(0.0) * rows).round() + rewritten)
            }
            _ => counted,
        }
    }
}

async fn statistics(
    plan: &Plan,
    oids: &[u32],
    session: &ReadSession,
) -> Result<HashMap<u32, Statistics>, DatabaseError> {
    if oids.is_empty() || !plan.analyzed() {
        return Ok(HashMap::new());
    }
    let rows = session.query(include_str!("statistics.sql"), &[(&oids, Type::OID_ARRAY)]).await?;
    let known = |row: &Row| Statistics {
        row_bytes: row.get("row_bytes"),
        analyzed: row.get("analyzed"),
        dead_rows: row.get("dead_rows"),
        inserted_rows: row.get("inserted_rows"),
        rewritten_rows: row.get("rewritten_rows"),
        grown_ratio: row.get("grown_ratio"),
        extended: serde_json::from_str(row.get("extended")).unwrap_or_default(),
    };
    Ok(rows.iter().map(|row| (row.get("table"), known(row))).collect())
}

/// Functions that somebody made, of those that the plan or the statement may call.
async fn functions(
    plan: &Plan,
    statement: &str,
    session: &ReadSession,
) -> Result<Vec<Function>, DatabaseError> {
    let conditions = plan.nodes.iter().flat_map(|node| node.expressions()).map(|(_, text)| text);
    let called = called::names(conditions.chain([statement]));
    let (schemas, names): (Vec<Option<String>>, Vec<String>) = called.into_iter().unzip();
    let schemas: Vec<String> = schemas.into_iter().flatten().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let params: &[(&(dyn ToSql + Sync), Type)] = &[(&names, Type::TEXT_ARRAY), (&schemas, Type::TEXT_ARRAY)];
    let rows = session.query(include_str!("functions.sql"), params).await?;
    Ok(rows.iter().map(function).collect())
}

fn function(row: &Row) -> Function {
    Function {
        schema: row.get("schema"),
        name: row.get("name"),
        language: row.get("language"),
        volatility: match row.get("volatility") {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        parallel_unsafe: row.get("parallel_unsafe"),
    }
}

/// Foreign keys say something of statements that write.
async fn foreign_keys(
    plan: &Plan,
    oids: &[u32],
    session: &ReadSession,
) -> Result<Vec<ForeignKey>, DatabaseError> {
    let writes = plan.nodes.iter().any(|node| node.kind == "ModifyTable");
    if oids.is_empty() || !writes {
        return Ok(Vec::new());
    }
    let rows = session.query(include_str!("foreign_keys.sql"), &[(&oids, Type::OID_ARRAY)]).await?;
    let key = |row: &Row| ForeignKey {
        name: row.get("name"),
        schema: row.get("schema"),
        table: row.get("table"),
        columns: row.get("columns"),
        referenced: row.get("referenced"),
        indexed: row.get("indexed"),
    };
    Ok(rows.iter().map(key).collect())
}

#[allow(clippy::cast_precision_loss, reason = "figures of statistics, compared by ratio")]
fn relation(table: Table, statistics: Option<Statistics>) -> Relation {
    let indexes = table
        .indexes
        .iter()
        .filter(|index| index.valid)
        .map(|index| Index {
            name: index.name.clone(),
            method: index.method.clone(),
            special_class: index.keys.first().is_some_and(|key| !key.default_class),
            keys: index
                .keys
                .iter()
                .map(|key| match &key.part {
                    KeyPart::Column(text) | KeyPart::Expression(text) => text.clone(),
                })
                .collect(),
            predicate: index.predicate.clone(),
        })
        .collect();
    let extended_statistics = statistics.as_ref().map(|known| known.extended.clone());
    let statistics = statistics.unwrap_or_default();
    let modified_rows = table
        .modified_since_analyze
        .map(|rows| statistics.changed(rows as f64, table.estimated_rows.unwrap_or_default()));
    let Statistics { row_bytes, analyzed, dead_rows, .. } = statistics;
    // A role that may not see statistics sees when they were taken.
    let never = table.kind == RelationKind::Table && table.estimated_rows.is_none();
    let analyzed = match table.last_analyze {
        Some(_) => Some(true),
        None => analyzed.or(never.then_some(false)),
    };
    Relation {
        rows: table.estimated_rows,
        row_bytes,
        analyzed,
        dead_rows,
        extended_statistics,
        pages: Some(table.pages as f64),
        modified_rows,
        columns: table
            .columns
            .into_iter()
            .map(|column| Column {
                name: column.name,
                type_name: column.type_name,
                c_collation: column.c_collation,
            })
            .collect(),
        indexes,
        schema: table.name.schema.unwrap_or_default(),
        name: table.name.name,
    }
}
