//! From the catalogue to tables and what they are made of.

use std::collections::HashMap;

use pgwright_contract::ToolError;
use pgwright_postgres::catalog::{self, RelationKind};
use pgwright_postgres::{ReadSession, Row, Type, nearest};
use pgwright_sql::{RelationName, quote_identifier};

use super::{Asked, Column, Detail, ForeignKey, Full, Index, Input, Level, Output, Table};

/// Tables whose columns are read for one answer: more do not fit.
const WITH_COLUMNS: usize = 60;
/// Labels of one enum that are shown.
const MOST_LABELS: usize = 20;
/// Names that are told where nothing matches.
const MOST_NEAR: usize = 5;
/// How much of a view's query is shown.
const LONGEST_DEFINITION: usize = 1_500;

/// A table of the list, before it is cut.
struct Listed {
    oid: u32,
    matching: Vec<String>,
    table: Table,
}

pub(super) async fn list(session: &ReadSession, input: &Input) -> Result<Output, ToolError> {
    let words: Option<Vec<String>> = input
        .search
        .as_deref()
        .map(|search| search.to_lowercase().split_whitespace().map(str::to_owned).collect());
    let behind = input.cursor.as_ref();
    let rows = session
        .query(
            include_str!("overview.sql"),
            &[
                (&input.schema, Type::TEXT),
                (&behind.map(|name| name.schema.clone().unwrap_or_else(|| "public".to_owned())), Type::TEXT),
                (&behind.map(|name| name.name.clone()), Type::TEXT),
                (&words, Type::TEXT_ARRAY),
            ],
        )
        .await?;
    let mut listed: Vec<Listed> = rows.iter().map(listed).collect();
    if listed.is_empty() {
        return nothing(session, input).await;
    }
    let level = match input.detail {
        Some(Detail::Names) => Level::Rows,
        Some(Detail::Columns) => Level::Columns,
        None if input.search.is_some() || listed.len() <= WITH_COLUMNS => Level::Columns,
        None => Level::Rows,
    };
    let mut omitted = 0;
    if level == Level::Columns {
        omitted = listed.len().saturating_sub(WITH_COLUMNS);
        listed.truncate(WITH_COLUMNS);
        with_columns(session, &mut listed).await?;
    }
    let asked = match &input.search {
        Some(search) => Asked::Search(search.clone()),
        None => Asked::All,
    };
    Ok(Output {
        tables: listed.into_iter().map(|listed| listed.table).collect(),
        omitted,
        asked,
        level,
        flexible: input.detail.is_none() && input.search.is_none(),
        ..Output::default()
    })
}

async fn with_columns(session: &ReadSession, listed: &mut [Listed]) -> Result<(), ToolError> {
    let oids: Vec<u32> = listed.iter().map(|listed| listed.oid).collect();
    let found = session.outlines(&oids).await?;
    let mut outlines: HashMap<u32, catalog::Table> =
        found.into_iter().map(|table| (table.oid, table)).collect();
    for Listed { oid, matching, table } in listed {
        let Some(outline) = outlines.remove(oid) else { continue };
        table.columns = columns(&outline);
        // Of a table that was found by its columns, those.
        if !matching.is_empty() {
            let all = table.columns.len();
            table.columns.retain(|column| matching.contains(&column.name));
            table.omitted_columns = all - table.columns.len();
        }
    }
    Ok(())
}

/// Nothing was found: an unknown schema, a search that matches nothing, or a database without tables.
async fn nothing(session: &ReadSession, input: &Input) -> Result<Output, ToolError> {
    if let Some(schema) = &input.schema {
        let rows = session.query(include_str!("schemas.sql"), &[]).await?;
        let schemas: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
        if !schemas.contains(schema) {
            let database = session.database().name();
            let unknown = ToolError::new(
                "3F000",
                format!("no schema {} in database {database}", quote_identifier(schema)),
            )
            .next_step("describe_schema {} lists the tables of all schemas");
            let near = nearest(schema, schemas, String::clone);
            return Err(if near.is_empty() {
                unknown
            } else {
                unknown.hint(format!("nearest: {}", near.join(", ")))
            });
        }
    }
    let Some(search) = &input.search else { return Ok(Output::default()) };
    let rows = session.query(include_str!("names.sql"), &[]).await?;
    let mut names: Vec<(String, String)> = Vec::new();
    for row in &rows {
        let table = RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"));
        let (shown, column) = (table.to_string(), row.get::<_, String>("column"));
        if names.last().is_none_or(|(_, last)| !last.starts_with(&format!("{shown} "))) {
            names.push((table.name, shown.clone()));
        }
        names.push((column.clone(), format!("{shown} {}", quote_identifier(&column))));
    }
    // Each of several words may be the one that is misspelt.
    let mut near: Vec<String> = Vec::new();
    for word in std::iter::once(search.as_str()).chain(search.split_whitespace()) {
        let found = nearest(word, names.clone(), |(spelling, _)| spelling.clone());
        near.extend(
            found
                .into_iter()
                .map(|(_, shown)| shown)
                .filter(|shown| !near.contains(shown))
                .collect::<Vec<_>>(),
        );
    }
    near.truncate(MOST_NEAR);
    Ok(Output { nearest: near, asked: Asked::Search(search.clone()), ..Output::default() })
}

fn listed(row: &Row) -> Listed {
    let name = RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"));
    Listed {
        oid: row.get("oid"),
        matching: row.get("matching"),
        table: Table {
            kind: kind(RelationKind::from_letter(row.get("kind"))),
            estimated_rows: row.get::<_, Option<f64>>("estimated_rows").map(whole),
            comment: row.get("comment"),
            no_select: row.get("no_select"),
            ..named(&name)
        },
    }
}

fn named(name: &RelationName) -> Table {
    Table {
        name: name.to_string(),
        schema: name.schema.clone().unwrap_or_default(),
        bare: name.name.clone(),
        ..Table::default()
    }
}

/// One table in full.
pub(super) async fn one(
    session: &ReadSession,
    wanted: &RelationName,
    search: Option<&str>,
) -> Result<Output, ToolError> {
    let found = session.resolve(wanted).await?;
    let oid: &[(&(dyn pgwright_postgres::ToSql + Sync), Type)] = &[(&found.oid, Type::OID)];
    let relation = session.query(include_str!("relation.sql"), oid).await?;
    let (Some(outline), Some(relation)) = (session.outlines(&[found.oid]).await?.pop(), relation.first())
    else {
        return Err(ToolError::new("42P01", format!("{} was dropped meanwhile", found.name)));
    };
    let mut columns = columns(&outline);
    for row in session.query(include_str!("columns.sql"), oid).await? {
        let name: String = row.get("name");
        if let Some(column) = columns.iter_mut().find(|column| column.name == name) {
            column.default = Some(filled(&row));
        }
    }
    for row in session.query(include_str!("labels.sql"), oid).await? {
        let name: String = row.get("name");
        if let Some(column) = columns.iter_mut().find(|column| column.name == name) {
            column.labels = row.get("labels");
            column.omitted_labels = column.labels.len().saturating_sub(MOST_LABELS);
            column.labels.truncate(MOST_LABELS);
        }
    }
    let all = columns.len();
    if let Some(search) = search.map(str::to_lowercase) {
        let matches = |text: &str| search.split_whitespace().any(|word| text.to_lowercase().contains(word));
        columns.retain(|column| matches(&column.name) || column.comment.as_deref().is_some_and(matches));
    }
    let referenced_by = session.query(include_str!("referenced_by.sql"), oid).await?;
    let constraints = session.query(include_str!("constraints.sql"), oid).await?;
    let partitions = match outline.kind {
        RelationKind::Partitioned => session.query(include_str!("partitions.sql"), oid).await?,
        _ => Vec::new(),
    };
    let definition: Option<String> = relation.get("definition");
    let bounds: Option<String> = relation.get("bounds");
    let bytes =
        |column: &str| relation.get::<_, Option<i64>>(column).and_then(|size| u64::try_from(size).ok());
    let full = Full {
        total_bytes: bytes("total_bytes"),
        index_bytes: bytes("index_bytes"),
        row_security: relation.get("row_security"),
        indexes: outline.indexes.iter().map(index).collect(),
        foreign_keys: outline.foreign_keys.iter().map(foreign_key).collect(),
        referenced_by: referenced_by.iter().map(reference).collect(),
        checks: constraints.iter().map(check).collect(),
        partition_of: relation.get::<_, Option<String>>("parent_name").map(|parent| {
            let schema: Option<String> = relation.get("parent_schema");
            let parent = seen_from(&found.name, &RelationName { schema, name: parent });
            format!("{parent} {}", bounds.unwrap_or_default())
        }),
        partitioned_by: relation.get("partitioned_by"),
        partitions: partitions.iter().map(|row| partition(&found.name, row)).collect(),
        omitted_partitions: 0,
        omitted_keys: 0,
        definition_characters: definition.as_ref().map_or(0, |query| query.chars().count()),
        definition: definition.map(|query| query.chars().take(LONGEST_DEFINITION).collect()),
    };
    let table = Table {
        kind: kind(outline.kind),
        estimated_rows: outline.estimated_rows.map(whole),
        comment: relation.get("comment"),
        no_select: relation.get("no_select"),
        omitted_columns: all - columns.len(),
        columns,
        full: Some(full),
        ..named(&found.name)
    };
    let table = super::hidden::literals(session, found.oid, table).await?;
    Ok(Output { tables: vec![table], asked: Asked::One, ..Output::default() })
}

fn columns(table: &catalog::Table) -> Vec<Column> {
    let key = table.primary_key();
    table
        .columns
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            not_null: column.not_null,
            primary_key: key.contains(&column.name.as_str()),
            references: points_to(table, &column.name),
            comment: column.comment.clone(),
            ..Column::default()
        })
        .collect()
}

fn points_to(table: &catalog::Table, column: &str) -> Option<String> {
    table.foreign_keys.iter().find_map(|key| {
        match (key.columns.as_slice(), key.referenced_columns.as_slice()) {
            ([only], [referenced]) if only == column => {
                let other = seen_from(&table.name, &key.referenced);
                Some(format!("{other}({})", quote_identifier(referenced)))
            }
            _ => None,
        }
    })
}

fn filled(row: &Row) -> String {
    let expression: Option<String> = row.get("expression");
    let identity: String = row.get("identity");
    match (identity.as_str(), row.get("generated"), expression) {
        ("a", _, _) => "generated always as identity".to_owned(),
        ("d", _, _) => "generated by default as identity".to_owned(),
        (_, true, Some(expression)) => format!("generated always as ({expression})"),
        (_, _, expression) => expression.unwrap_or_default(),
    }
}

fn index(index: &catalog::Index) -> Index {
    Index {
        name: index.name.clone(),
        definition: index.definition.clone(),
        size_bytes: u64::try_from(index.size_bytes).unwrap_or_default(),
        unique: index.unique,
        primary: index.primary,
        invalid: !index.valid,
    }
}

fn foreign_key(key: &catalog::ForeignKey) -> ForeignKey {
    ForeignKey {
        columns: key.columns.clone(),
        table: key.referenced.to_string(),
        referenced_columns: key.referenced_columns.clone(),
    }
}

fn reference(row: &Row) -> ForeignKey {
    let name = RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"));
    ForeignKey {
        columns: row.get("columns"),
        table: name.to_string(),
        referenced_columns: row.get("referenced_columns"),
    }
}

fn check(row: &Row) -> String {
    format!("{} {}", quote_identifier(row.get("name")), row.get::<_, String>("definition"))
}

fn partition(table: &RelationName, row: &Row) -> String {
    let name = RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"));
    format!("{} {}", seen_from(table, &name), row.get::<_, String>("bounds"))
}

/// A name as it is told beside a table's own: in the same schema it needs no other.
fn seen_from(table: &RelationName, other: &RelationName) -> String {
    if other.schema == table.schema { quote_identifier(&other.name) } else { other.to_string() }
}

fn kind(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Table => "table",
        RelationKind::Partitioned => "partitioned_table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized_view",
        RelationKind::Foreign => "foreign_table",
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a count")]
fn whole(rows: f64) -> u64 {
    rows.max(0.0).round() as u64
}
