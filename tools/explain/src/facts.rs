//! Facts about the tables of a plan, read from the catalogue in the same session.

use std::collections::BTreeSet;

use pgwright_plan::{Column, Facts, Index, Plan, Relation};
use pgwright_postgres::catalog::{KeyPart, Table};
use pgwright_postgres::{DatabaseError, ReadSession};
use pgwright_sql::RelationName;

/// Everything the findings can use. A table that is gone meanwhile is left out.
pub(crate) async fn of(plan: &Plan, session: &ReadSession) -> Result<Facts, DatabaseError> {
    let names: BTreeSet<RelationName> = plan
        .nodes
        .iter()
        .filter_map(|node| {
            let name = node.relation()?.to_owned();
            Some(RelationName { schema: node.schema().map(str::to_owned), name })
        })
        .collect();
    let mut oids = Vec::with_capacity(names.len());
    for name in &names {
        match session.resolve(name).await {
            Ok(resolved) => oids.push(resolved.oid),
            Err(DatabaseError::Resolve(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let tables = if oids.is_empty() { Vec::new() } else { session.outlines(&oids).await? };
    let settings = session.query(include_str!("settings.sql"), &[]).await?;
    Ok(Facts {
        relations: tables.into_iter().map(relation).collect(),
        settings: settings.iter().map(|row| (row.get("name"), row.get("value"))).collect(),
        ..Facts::default()
    })
}

#[allow(clippy::cast_precision_loss, reason = "figures of statistics, compared by ratio")]
fn relation(table: Table) -> Relation {
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
    Relation {
        rows: table.estimated_rows,
        pages: Some(table.pages as f64),
        modified_rows: table.modified_since_analyze.map(|rows| rows as f64),
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
        ..Relation::default()
    }
}
