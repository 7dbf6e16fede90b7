//! From the catalogue to the figures of a table.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use pgwright_contract::{Page, ToolError};
use pgwright_postgres::catalog::{self, KeyPart, RelationKind};
use pgwright_postgres::{ReadSession, Row, ToSql, Type, nearest};
use pgwright_sql::{RelationName, quote_identifier};

use super::{Column, CommonValue, Index, Kind, OrderBy, Output, Table, Totals};
use crate::bloat::{ColumnLayout, Layout};

/// How many common values are shown, and how much of each.
const COMMON: usize = 5;
const LONGEST_VALUE: usize = 40;

/// A table on its way into the answer.
struct Measured {
    oid: u32,
    counters_since: Option<String>,
    table: Table,
}

/// One table in detail.
pub(super) async fn one(
    session: &ReadSession,
    wanted: &RelationName,
    values: bool,
) -> Result<Output, ToolError> {
    let found = session.resolve(wanted).await?;
    if values {
        session.may_show_values(found.oid).await?;
    }
    let mut measured = measure(session, Some(found.oid), None).await?;
    estimate_bloat(session, &mut measured).await?;
    let (Some(Measured { oid, counters_since, mut table }), Some(catalogued)) =
        (measured.pop(), session.tables(&[found.oid]).await?.pop())
    else {
        return Err(ToolError::new("42P01", format!("{} was dropped meanwhile", found.name)));
    };
    let rows = table.estimated_rows;
    let mut parts = index_parts(session, oid, table.kind).await?;
    let masked = session.masked(&[oid]).await?;
    let shown = |found: &catalog::Column, value: &str| {
        values.then(|| masked.text(oid, found.number, &found.name, value)).flatten()
    };
    table.columns = catalogued.columns.into_iter().map(|found| column(found, rows, &shown)).collect();
    table.indexes = catalogued
        .indexes
        .into_iter()
        .map(|found| {
            let part = parts.remove(&found.oid);
            index(found, part)
        })
        .collect();
    Ok(Output { tables: vec![table], counters_since, ..Output::default() })
}

/// The first `limit` tables by `order_by`, of one schema or of all but the system's.
pub(super) async fn ranking(
    session: &ReadSession,
    schema: Option<&str>,
    order_by: OrderBy,
    limit: usize,
) -> Result<Output, ToolError> {
    let mut measured = measure(session, None, schema).await?;
    if let (Some(schema), []) = (schema, measured.as_slice()) {
        must_exist(session, schema).await?;
    }
    let totals = Totals {
        tables: measured.len(),
        schemas: measured.iter().map(|found| &found.table.name.schema).collect::<BTreeSet<_>>().len(),
        total_bytes: measured.iter().filter_map(|found| found.table.total_bytes).sum(),
    };
    // Bloat reads column statistics: of all tables only where it decides the order.
    if order_by == OrderBy::BloatBytes {
        estimate_bloat(session, &mut measured).await?;
    }
    // Stable: equals stay in the order of their names.
    measured.sort_by_key(|found| Reverse(order_by.key(&found.table)));
    measured.truncate(limit);
    if order_by != OrderBy::BloatBytes {
        estimate_bloat(session, &mut measured).await?;
    }
    Ok(Output {
        omitted: u32::try_from(totals.tables - measured.len()).unwrap_or(u32::MAX),
        totals: Some(totals),
        counters_since: measured.first().and_then(|found| found.counters_since.clone()),
        tables: measured.into_iter().map(|found| found.table).collect(),
        order_by,
        ..Output::default()
    })
}

impl OrderBy {
    /// What is unknown comes last.
    fn key(self, table: &Table) -> Option<u64> {
        match self {
            Self::TotalBytes => table.total_bytes,
            Self::IndexBytes => table.index_bytes,
            Self::EstimatedRows => table.estimated_rows.or(table.counted_rows),
            Self::DeadRows => table.dead_rows,
            Self::ModifiedSinceAnalyzeRows => table.modified_since_analyze_rows,
            Self::BloatBytes => table.bloat_bytes,
            Self::SeqScans => table.seq_scans,
            Self::Name => None,
        }
    }
}

async fn measure(
    session: &ReadSession,
    oid: Option<u32>,
    schema: Option<&str>,
) -> Result<Vec<Measured>, ToolError> {
    let rows = session.query(include_str!("tables.sql"), &[(&oid, Type::OID), (&schema, Type::TEXT)]).await?;
    Ok(rows.iter().map(measured).collect())
}

async fn must_exist(session: &ReadSession, schema: &str) -> Result<(), ToolError> {
    let rows = session.query(include_str!("schemas.sql"), &[]).await?;
    let schemas: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
    if schemas.iter().any(|known| known == schema) {
        return Ok(());
    }
    let unknown = ToolError::new(
        "3F000",
        format!("no schema {} in database {}", quote_identifier(schema), session.database().name()),
    )
    .next_step("table_stats {} ranks the tables of all schemas");
    let near = nearest(schema, schemas, String::clone);
    Err(if near.is_empty() { unknown } else { unknown.hint(format!("nearest: {}", near.join(", "))) })
}

fn measured(row: &Row) -> Measured {
    let count = |column: &str| row.get::<_, Option<i64>>(column).map(whole);
    let (live, dead) = (count("live_rows"), count("dead_rows"));
    let (updated, hot) = (count("updated_rows"), count("hot_updated_rows"));
    let kind = Kind::from(RelationKind::from_letter(row.get("kind")));
    let estimated_rows: Option<u64> = row.get::<_, Option<f64>>("estimated_rows").map(rounded);
    let last_analyze: Option<String> = row.get("last_analyze");
    let total_bytes = count("total_bytes");
    Measured {
        oid: row.get("oid"),
        counters_since: row.get("counters_since"),
        table: Table {
            name: RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name")),
            kind,
            partition: row.get("is_partition"),
            partitions: (kind == Kind::PartitionedTable).then(|| whole(row.get("leaves"))),
            heap_bytes: count("heap_bytes"),
            index_bytes: count("index_bytes"),
            toast_bytes: count("toast_bytes"),
            sizes_estimated: row.get("sizes_estimated"),
            never_analyzed: total_bytes.is_some() && estimated_rows.is_none() && last_analyze.is_none(),
            total_bytes,
            estimated_rows,
            counted_rows: live,
            dead_rows: dead,
            dead_ratio: ratio(dead, live.zip(dead).map(|(live, dead)| live + dead)),
            bloat_bytes: None,
            last_vacuum: row.get("last_vacuum"),
            last_analyze,
            modified_since_analyze_rows: count("modified_rows"),
            seq_scans: count("seq_scans"),
            index_scans: count("index_scans"),
            inserted_rows: count("inserted_rows"),
            updated_rows: updated,
            deleted_rows: count("deleted_rows"),
            hot_update_ratio: ratio(hot, updated),
            columns: Vec::new(),
            omitted_columns: 0,
            indexes: Vec::new(),
            omitted_indexes: 0,
            vacuum_age_s: row.get("vacuum_age_s"),
            analyze_age_s: row.get("analyze_age_s"),
        },
    }
}

impl From<RelationKind> for Kind {
    fn from(kind: RelationKind) -> Self {
        match kind {
            RelationKind::Table => Self::Table,
            RelationKind::Partitioned => Self::PartitionedTable,
            RelationKind::View => Self::View,
            RelationKind::MaterializedView => Self::MaterializedView,
            RelationKind::Foreign => Self::ForeignTable,
        }
    }
}

/// Sets the bloat of every table whose rows and column widths are known, all partitions included.
async fn estimate_bloat(session: &ReadSession, measured: &mut [Measured]) -> Result<(), ToolError> {
    let oids: Vec<u32> = measured.iter().map(|found| found.oid).collect();
    let mut bloat: HashMap<u32, Option<f64>> = HashMap::new();
    for row in session.query(include_str!("layouts.sql"), &[(&oids, Type::OID_ARRAY)]).await? {
        let sum = bloat.entry(row.get("root")).or_insert(Some(0.0));
        *sum = sum.zip(layout(&row)).map(|(sum, layout)| sum + layout.bloat_bytes());
    }
    for Measured { oid, table, .. } in measured {
        if let (Some(_), Some(heap), Some(Some(bytes))) =
            (table.estimated_rows, table.heap_bytes, bloat.get(oid))
        {
            table.bloat_bytes = Some(rounded(*bytes).min(heap));
        }
    }
    Ok(())
}

fn layout(row: &Row) -> Option<Layout> {
    if !row.get::<_, bool>("complete") {
        return None;
    }
    let widths: Vec<i32> = row.get("widths");
    let null_ratios: Vec<f32> = row.get("null_ratios");
    let alignments: Vec<i32> = row.get("alignments");
    let fixed: Vec<bool> = row.get("fixed");
    let columns = widths.into_iter().zip(null_ratios).zip(alignments.into_iter().zip(fixed));
    Some(Layout {
        rows: row.get("rows"),
        pages: f64::from(row.get::<_, i32>("pages")),
        block_bytes: f64::from(row.get::<_, i32>("block_size")),
        fillfactor: f64::from(row.get::<_, i32>("fillfactor")),
        attributes: f64::from(row.get::<_, i16>("attributes")),
        columns: columns
            .map(|((width, null_ratio), (alignment, fixed))| ColumnLayout {
                width: f64::from(width),
                null_ratio: f64::from(null_ratio),
                alignment: f64::from(alignment),
                fixed,
            })
            .collect(),
    })
}

#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn column(
    found: catalog::Column,
    rows: Option<u64>,
    shown: &dyn Fn(&catalog::Column, &str) -> Option<String>,
) -> Column {
    let known = found.statistics.as_ref();
    Column {
        null_ratio: known.map(|known| share(known.null_ratio)),
        // A ratio to the rows (below zero) says nothing as long as these are not known.
        distinct_values: known.filter(|known| known.distinct != 0.0).and_then(|known| match rows {
            None if known.distinct < 0.0 => None,
            rows => Some(rounded(known.distinct_values(rows.unwrap_or_default() as f64))),
        }),
        average_width_bytes: known.and_then(|known| u32::try_from(known.average_width_bytes).ok()),
        correlation: known.and_then(|known| known.correlation).map(tidy),
        most_common: known
            .map(|known| {
                let common = known.most_common.iter().take(COMMON);
                common
                    .map(|(value, ratio)| CommonValue {
                        value: shown(&found, value).map(|value| Page::data(&value, LONGEST_VALUE)),
                        share_ratio: share(*ratio),
                    })
                    .collect()
            })
            .unwrap_or_default(),
        name: found.name,
        type_name: found.type_name,
        not_null: found.not_null,
    }
}

/// Sizes and scans of a partitioned table's indexes, which are those of their parts.
async fn index_parts(
    session: &ReadSession,
    oid: u32,
    kind: Kind,
) -> Result<HashMap<u32, (i64, i64)>, ToolError> {
    if kind != Kind::PartitionedTable {
        return Ok(HashMap::new());
    }
    let params: &[(&(dyn ToSql + Sync), Type)] = &[(&oid, Type::OID)];
    let rows = session.query(include_str!("partitioned_indexes.sql"), params).await?;
    Ok(rows.iter().map(|row| (row.get("oid"), (row.get("size_bytes"), row.get("scans")))).collect())
}

fn index(found: catalog::Index, parts: Option<(i64, i64)>) -> Index {
    let (size_bytes, scans) = parts.unwrap_or((found.size_bytes, found.scans));
    Index {
        shape: shape(&found),
        name: found.name,
        definition: found.definition,
        size_bytes: whole(size_bytes),
        scans: whole(scans),
        unique: found.unique,
        primary: found.primary,
        valid: found.valid,
    }
}

/// `gin (tags)`, `(customer_id, placed_at desc) include (total) where not paid`.
fn shape(index: &catalog::Index) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let part = match &key.part {
                KeyPart::Column(column) => quote_identifier(column),
                KeyPart::Expression(expression) => expression.clone(),
            };
            if key.descending { format!("{part} desc") } else { part }
        })
        .collect();
    let mut shape = if index.method == "btree" { String::new() } else { format!("{} ", index.method) };
    shape.push_str(&format!("({})", keys.join(", ")));
    if !index.included.is_empty() {
        shape.push_str(&format!(" include ({})", index.included.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        shape.push_str(&format!(" where {predicate}"));
    }
    shape
}

#[allow(clippy::cast_precision_loss, reason = "three digits are kept")]
fn ratio(part: Option<u64>, of: Option<u64>) -> Option<f64> {
    part.zip(of).filter(|(_, of)| *of > 0).map(|(part, of)| share(part as f64 / of as f64))
}

/// Some is never rounded to none or to all.
fn share(ratio: f64) -> f64 {
    if ratio > 0.0 && ratio < 1.0 { tidy(ratio).clamp(0.000_1, 0.999_9) } else { tidy(ratio) }
}

/// Four decimals: more would be noise from single precision.
fn tidy(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn whole(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate; `as` saturates")]
fn rounded(value: f64) -> u64 {
    value.round() as u64
}
