//! The compact text: one line a table, or one table in detail. What is zero, unknown or unremarkable is left out.

use pgwright_contract::Page;
use pgwright_contract::units::{bytes, count, percent};
use pgwright_sql::{RelationName, quote_identifier};
use serde_json::json;

use super::{Column, Index, Kind, OrderBy, Output, Table};

/// Longest database text in one place of a line.
const LONGEST: usize = 120;
/// From here on a share of dead rows, bloat or changes is worth its tokens.
const NOTABLE_DEAD: f64 = 0.01;
const NOTABLE: f64 = 0.1;
/// A heap from this size on makes a sequential scan worth a question.
const LARGE_HEAP: u64 = 8 * 1024 * 1024;

/// The ranking.
pub(super) fn ranking(page: &mut Page, output: &Output) {
    let Some(totals) = output.totals.as_ref().filter(|totals| totals.tables > 0) else {
        page.line("no tables here yet");
        return;
    };
    let mut verdict = format!(
        "{} in {}, {} in all",
        plural(totals.tables, "table"),
        plural(totals.schemas, "schema"),
        bytes(totals.total_bytes)
    );
    let shown = output.tables.len();
    if output.omitted > 0 {
        verdict.push_str(&format!("; showing {shown}{}", output.order_by.chosen()));
    } else if shown > 1 {
        verdict.push_str(&format!("; all shown{}", output.order_by.order()));
    }
    page.line(verdict);
    for table in &output.tables {
        page.line(row(table, output.order_by));
    }
    match output.omitted {
        0 => {}
        omitted if output.cut => {
            page.line(format!("{omitted} more left out for length: name a schema, or another order_by"));
        }
        omitted => page.line(format!("{omitted} more: raise limit (at most {})", super::MOST)),
    }
    page.line(legend(output.counters_since.as_deref()));
    if let Some(first) = output.tables.first() {
        page.line(format!("next: table_stats {}", json!({ "table": first.name })));
    }
}

impl OrderBy {
    fn chosen(self) -> &'static str {
        match self {
            Self::TotalBytes => " largest",
            Self::IndexBytes => " with the largest indexes",
            Self::EstimatedRows => " with most rows",
            Self::DeadRows => " with most dead rows",
            Self::ModifiedSinceAnalyzeRows => " most modified since their analyze",
            Self::BloatBytes => " most bloated",
            Self::SeqScans => " most often scanned in sequence",
            Self::Name => ", by name",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::TotalBytes => ", largest first",
            Self::IndexBytes => ", largest indexes first",
            Self::EstimatedRows => ", most rows first",
            Self::DeadRows => ", most dead rows first",
            Self::ModifiedSinceAnalyzeRows => ", most modified first",
            Self::BloatBytes => ", most bloated first",
            Self::SeqScans => ", most sequential scans first",
            Self::Name => ", by name",
        }
    }
}

/// One table in one line.
pub(super) fn row(table: &Table, order_by: OrderBy) -> String {
    let mut line = name(&table.name);
    if let Some(total) = table.total_bytes {
        line.push_str(&format!(" {}{}", about(table.sizes_estimated), bytes(total)));
        let indexes =
            table.index_bytes.filter(|size| *size > 0).map(|size| format!("indexes {}", bytes(size)));
        let toast =
            table.toast_bytes.filter(|size| share(*size, total) >= NOTABLE_DEAD && *size > 8192).map(toast);
        let parts: Vec<String> = indexes.into_iter().chain(toast).collect();
        if !parts.is_empty() {
            line.push_str(&format!(" ({})", parts.join(", ")));
        }
    }
    let facts = [
        kind(table),
        Some(rows(table)),
        dead(table, order_by == OrderBy::DeadRows),
        bloat(table, order_by == OrderBy::BloatBytes),
        modified(table, order_by == OrderBy::ModifiedSinceAnalyzeRows),
        upkeep(table),
        scans(table),
        table.hot_update_ratio.map(|ratio| format!("HOT {}", percent(ratio))),
    ];
    for fact in facts.into_iter().flatten() {
        line.push_str(", ");
        line.push_str(&fact);
    }
    line
}

/// One table in detail.
pub(super) fn detail(page: &mut Page, table: &Table, counters_since: Option<&str>) {
    page.line(headline(table));
    if table.total_bytes.is_some() {
        page.line(row_line(table));
        if let Some(line) = bloat_line(table) {
            page.line(line);
        }
        page.line(upkeep_line(table));
        page.line(use_line(table, counters_since));
    }
    page.line(if table.columns.iter().any(|column| column.null_ratio.is_some()) {
        "columns (estimated by ANALYZE):"
    } else if table.kind == Kind::PartitionedTable {
        "columns (no statistics: autovacuum never analyses a partitioned table itself, or this role may not read them):"
    } else if table.total_bytes.is_some() {
        "columns (no statistics: never analysed, or this role may not read them):"
    } else {
        "columns:"
    });
    for shown in &table.columns {
        page.line(column(shown));
    }
    if table.omitted_columns > 0 {
        page.line(format!("- {} more columns left out for length", table.omitted_columns));
    }
    if !table.indexes.is_empty() {
        page.line("indexes:");
    } else if table.total_bytes.is_some() {
        page.line("no indexes");
    }
    for shown in &table.indexes {
        page.line(index(shown));
    }
    if table.omitted_indexes > 0 {
        page.line(format!("- {} more indexes left out for length", table.omitted_indexes));
    }
    page.line(next(table));
}

fn headline(table: &Table) -> String {
    let shown = name(&table.name);
    let Some(total) = table.total_bytes else {
        return match table.kind {
            Kind::ForeignTable => format!("{shown} is a foreign table: its rows and its size are elsewhere"),
            _ => format!("{shown} is a view: it has no size of its own, only the tables it reads have"),
        };
    };
    let estimated = about(table.sizes_estimated);
    let mut line = format!("{shown}: {estimated}{}", bytes(total));
    let indexes = table.index_bytes.filter(|size| *size > 0).map(|size| format!("indexes {}", bytes(size)));
    let heap = table.heap_bytes.map(|size| format!("heap {}", bytes(size)));
    let toast = table.toast_bytes.filter(|size| *size > 0).map(toast);
    let parts: Vec<String> = heap.into_iter().chain(indexes).chain(toast).collect();
    line.push_str(&format!(" ({})", parts.join(", ")));
    for fact in [kind(table), table.partition.then(|| "one partition of a larger table".to_owned())] {
        line.push_str(&fact.map(|fact| format!(", {fact}")).unwrap_or_default());
    }
    if table.sizes_estimated {
        line.push_str(
            "; another session holds an exclusive lock, so sizes are those of the last vacuum or analyze",
        );
    }
    line
}

fn row_line(table: &Table) -> String {
    let mut line = rows(table);
    if let Some(dead) = dead(table, true) {
        line.push_str(&format!(", {dead}"));
    }
    if let Some(modified) = modified(table, true) {
        line.push_str(&format!(", {modified}"));
    }
    line
}

fn bloat_line(table: &Table) -> Option<String> {
    let (size, heap) = table.bloat_bytes.zip(table.heap_bytes).filter(|(_, heap)| *heap > 0)?;
    Some(if size == 0 {
        "bloat: none in the heap (estimated from column widths)".to_owned()
    } else {
        format!(
            "bloat: ~{}, {} of the heap (estimated from column widths at the last vacuum or analyze)",
            bytes(size),
            percent(share(size, heap))
        )
    })
}

fn upkeep_line(table: &Table) -> String {
    let when = |done: &str, age: Option<f64>| match age {
        Some(seconds) => format!("{done} {} ago", age_text(seconds)),
        None => format!("never {done} as far as recorded"),
    };
    format!("{}, {}", when("vacuumed", table.vacuum_age_s), when("analysed", table.analyze_age_s))
}

fn use_line(table: &Table, counters_since: Option<&str>) -> String {
    let figure = |value: Option<u64>| counted(value.unwrap_or_default());
    let mut line = format!("{} sequential scans", figure(table.seq_scans));
    if let Some(scans) = table.index_scans {
        line.push_str(&format!(", {} index scans", counted(scans)));
    }
    let changes =
        [("inserted", table.inserted_rows), ("updated", table.updated_rows), ("deleted", table.deleted_rows)];
    for (what, rows) in changes {
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            line.push_str(&format!(", {} {what}", counted(rows)));
            if let (true, Some(ratio)) = (what == "updated", table.hot_update_ratio) {
                line.push_str(&format!(" (HOT {})", percent(ratio)));
            }
        }
    }
    match counters_since {
        Some(since) => format!("{line}, since {}", since.get(..10).unwrap_or(since)),
        None => format!("{line}, ever"),
    }
}

/// One column in one line.
pub(super) fn column(column: &Column) -> String {
    let mut facts = Vec::new();
    if column.not_null {
        facts.push("not null".to_owned());
    } else if let Some(nulls) = column.null_ratio {
        facts.push(if nulls == 0.0 { "no nulls".to_owned() } else { format!("null {}", percent(nulls)) });
    }
    facts.extend(column.distinct_values.map(|distinct| format!("{} distinct", counted(distinct))));
    facts.extend(column.average_width_bytes.map(|width| format!("{width} B")));
    facts.extend(column.correlation.map(|correlation| format!("correlation {correlation:.2}")));
    if let [first, rest @ ..] = column.most_common.as_slice() {
        facts.push(match &first.value {
            None => format!("most common {}", percent(first.share_ratio)),
            Some(_) => {
                let common = std::iter::once(first).chain(rest).map(|common| {
                    format!(
                        "'{}' {}",
                        common.value.as_deref().unwrap_or_default(),
                        percent(common.share_ratio)
                    )
                });
                format!("most common {}", common.collect::<Vec<_>>().join(" "))
            }
        });
    }
    let head = format!(
        "- {} {}",
        Page::data(&quote_identifier(&column.name), LONGEST),
        Page::data(&column.type_name, LONGEST)
    );
    if facts.is_empty() { head } else { format!("{head}: {}", facts.join(", ")) }
}

/// One index in one line.
pub(super) fn index(index: &Index) -> String {
    let rank = match (index.primary, index.unique) {
        (true, _) => " primary key",
        (false, true) => " unique",
        _ => "",
    };
    let scans = match index.scans {
        0 => "never scanned".to_owned(),
        scans => format!("{} scans", counted(scans)),
    };
    let invalid = if index.valid { "" } else { ", INVALID: drop or rebuild it" };
    format!(
        "- {}{rank} {}: {}, {scans}{invalid}",
        Page::data(&quote_identifier(&index.name), LONGEST),
        Page::data(&index.shape, LONGEST),
        bytes(index.size_bytes),
    )
}

fn kind(table: &Table) -> Option<String> {
    match table.kind {
        Kind::MaterializedView => Some("materialized view".to_owned()),
        Kind::PartitionedTable => {
            let partitions = usize::try_from(table.partitions.unwrap_or_default()).unwrap_or(usize::MAX);
            Some(plural(partitions, "partition"))
        }
        _ => None,
    }
}

fn rows(table: &Table) -> String {
    match (table.estimated_rows, table.counted_rows) {
        (Some(rows), _) => format!("~{} rows", counted(rows)),
        (None, Some(rows)) if rows > 0 => {
            format!("{} ({} rows by counters)", unknown_rows(table), counted(rows))
        }
        _ => unknown_rows(table).to_owned(),
    }
}

fn unknown_rows(table: &Table) -> &'static str {
    if table.never_analyzed { "never analysed" } else { "rows unknown" }
}

fn dead(table: &Table, always: bool) -> Option<String> {
    let (rows, ratio) = (table.dead_rows?, table.dead_ratio.unwrap_or_default());
    let worth = rows > 0 && (always || ratio >= NOTABLE_DEAD);
    worth.then(|| format!("{} dead ({})", counted(rows), percent(ratio)))
}

fn bloat(table: &Table, always: bool) -> Option<String> {
    let (size, heap) = table.bloat_bytes.zip(table.heap_bytes)?;
    let worth = size > 0 && (always || (share(size, heap) >= NOTABLE && size >= 1024 * 1024));
    worth.then(|| format!("bloat ~{}", bytes(size)))
}

fn modified(table: &Table, always: bool) -> Option<String> {
    let rows = table.modified_since_analyze_rows.filter(|rows| *rows > 0)?;
    let worth = always || share(rows, table.estimated_rows?) >= NOTABLE;
    (worth && !table.never_analyzed).then(|| format!("{} modified since analyze", counted(rows)))
}

fn upkeep(table: &Table) -> Option<String> {
    match (table.vacuum_age_s, table.analyze_age_s) {
        (Some(vacuum), Some(analyze)) => {
            Some(format!("vacuum {}, analyze {} ago", age_text(vacuum), age_text(analyze)))
        }
        (Some(vacuum), None) => Some(format!("vacuum {} ago", age_text(vacuum))),
        (None, Some(analyze)) => Some(format!("analyze {} ago", age_text(analyze))),
        (None, None) => None,
    }
}

fn scans(table: &Table) -> Option<String> {
    let sequential =
        table.seq_scans.filter(|scans| *scans > 0).map(|scans| format!("{} seq", counted(scans)));
    let index = table.index_scans.filter(|scans| *scans > 0).map(|scans| format!("{} index", counted(scans)));
    let both: Vec<String> = sequential.into_iter().chain(index).collect();
    (!both.is_empty()).then(|| format!("{} scans", both.join(" + ")))
}

fn legend(counters_since: Option<&str>) -> String {
    let since = counters_since.map(|since| format!(" since {}", since.get(..10).unwrap_or(since)));
    format!(
        "sizes are measured; rows and bloat (~) estimated; scans, dead and modified rows counted{}",
        since.unwrap_or_default()
    )
}

fn next(table: &Table) -> String {
    let (sequential, index) = (table.seq_scans.unwrap_or_default(), table.index_scans.unwrap_or_default());
    if table.heap_bytes.unwrap_or_default() >= LARGE_HEAP && sequential > index {
        return format!("next: suggest_index {}", json!({ "source": "pg_stat_statements" }));
    }
    let condition = match table.columns.first() {
        Some(column) if table.kind != Kind::View => format!(" where {} = $1", quote_identifier(&column.name)),
        _ => String::new(),
    };
    format!("next: explain_query {}", json!({ "sql": format!("select * from {}{condition}", table.name) }))
}

fn name(relation: &RelationName) -> String {
    Page::data(&relation.to_string(), LONGEST)
}

fn toast(size: u64) -> String {
    format!("TOAST {}", bytes(size))
}

fn about(estimated: bool) -> &'static str {
    if estimated { "~" } else { "" }
}

fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[allow(clippy::cast_precision_loss, reason = "shown in short form")]
fn counted(rows: u64) -> String {
    count(rows as f64)
}

#[allow(clippy::cast_precision_loss, reason = "shown in short form")]
fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// `40s`, `12m`, `5h`, `3d`.
fn age_text(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 60.0 => format!("{:.0}s", seconds.max(0.0)),
        seconds if seconds < 3_600.0 => format!("{:.0}m", seconds / 60.0),
        seconds if seconds < 86_400.0 => format!("{:.0}h", seconds / 3_600.0),
        seconds => format!("{:.0}d", seconds / 86_400.0),
    }
}
