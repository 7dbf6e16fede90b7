//! The compact text: one line a table, or one table in detail. What is zero, unknown or unremarkable is left out.

use std::collections::BTreeSet;

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
/// Neighbouring columns that say the same nothing share a line from so many on.
const FOLDED_FROM: usize = 8;
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
        modified(table, order_by == OrderBy::ModifiedSinceAnalyzeRows).map(|rows| format!("{rows} modified")),
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
    } else if was_empty(table) {
        "columns (no statistics: the table was empty):"
    } else if table.kind == Kind::PartitionedTable {
        "columns (no statistics: autovacuum never analyses a partitioned table itself, or this role may not read them):"
    } else if table.total_bytes.is_some() {
        "columns (no statistics: never analysed, or this role may not read them):"
    } else {
        "columns:"
    });
    for run in runs(&table.columns) {
        page.line(columns(run));
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
        line.push_str(&format!(", {modified} modified since analyze"));
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
    let ago = |age: f64| format!("{} ago", age_text(age));
    match (table.vacuum_age_s, table.analyze_age_s) {
        (Some(vacuum), Some(analyze)) => format!("vacuumed {}, analysed {}", ago(vacuum), ago(analyze)),
        (Some(vacuum), None) => format!("vacuumed {}, no analyze recorded", ago(vacuum)),
        (None, Some(analyze)) => format!("no vacuum recorded, analysed {}", ago(analyze)),
        (None, None) => "no vacuum and no analyze recorded".to_owned(),
    }
}

/// `since 2026-05-01: 12 sequential and 34k index scans; rows: 50k inserted, 999 updated (HOT 85 %)`.
fn use_line(table: &Table, counters_since: Option<&str>) -> String {
    let mut line = match counters_since {
        Some(since) => format!("since {}: ", day(since)),
        None => "counted so far: ".to_owned(),
    };
    line.push_str(&format!("{} sequential", counted(table.seq_scans.unwrap_or_default())));
    if let Some(scans) = table.index_scans {
        line.push_str(&format!(" and {} index", counted(scans)));
    }
    line.push_str(" scans");
    let hot = table.hot_update_ratio.map(|ratio| format!(" (HOT {})", percent(ratio))).unwrap_or_default();
    let changes = [
        ("inserted", table.inserted_rows, ""),
        ("updated", table.updated_rows, hot.as_str()),
        ("deleted", table.deleted_rows, ""),
    ];
    let changes: Vec<String> = changes
        .into_iter()
        .filter_map(|(what, rows, note)| Some((what, rows.filter(|rows| *rows > 0)?, note)))
        .map(|(what, rows, note)| format!("{} {what}{note}", counted(rows)))
        .collect();
    if !changes.is_empty() {
        line.push_str(&format!("; rows: {}", changes.join(", ")));
    }
    line
}

/// Keeps the columns that fit in so many characters, in their order; those of which something is known come first.
pub(super) fn keep_columns(all: &mut Vec<Column>, characters: usize) -> u32 {
    // A column that is folded into a line of others stands in the structured answer all the same.
    let cost = |run: &[Column]| -> Vec<usize> {
        let line = columns(run).chars().count() + 1;
        let names = run.iter().skip(1).map(|column| column.name.chars().count());
        std::iter::once(line).chain(names).collect()
    };
    let costs: Vec<usize> = runs(all).flat_map(cost).collect();
    let mut by_worth: Vec<usize> = (0..all.len()).collect();
    by_worth.sort_by_key(|&at| !all.get(at).is_some_and(is_telling));
    let mut used = 0;
    let kept: BTreeSet<usize> = by_worth
        .into_iter()
        .enumerate()
        .take_while(|(place, at)| {
            used += costs.get(*at).copied().unwrap_or_default();
            used <= characters || *place == 0
        })
        .map(|(_, at)| at)
        .collect();
    let omitted = all.len() - kept.len();
    let mut at = 0..;
    all.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
    u32::try_from(omitted).unwrap_or(u32::MAX)
}

/// Neighbours that say the same nothing, together; every other column alone.
fn runs(all: &[Column]) -> impl Iterator<Item = &[Column]> {
    all.chunk_by(|one, next| !is_telling(one) && one.type_name == next.type_name && facts(one) == facts(next))
        .flat_map(|run| run.chunks(if run.len() < FOLDED_FROM { 1 } else { run.len() }))
}

/// Something but nulls was found in it.
fn is_telling(column: &Column) -> bool {
    column.null_ratio.is_some_and(|nulls| nulls < 1.0)
}

/// A run of columns in one line: `- c3 … c300 integer (298 columns): all null`.
fn columns(run: &[Column]) -> String {
    match run {
        [] => String::new(),
        [one] => column(one),
        [first, .., last] => {
            let name = |column: &Column| Page::data(&quote_identifier(&column.name), LONGEST);
            let head = format!(
                "- {} … {} {} ({} columns)",
                name(first),
                name(last),
                Page::data(&first.type_name, LONGEST),
                run.len()
            );
            with_facts(head, &facts(first))
        }
    }
}

/// One column in one line.
pub(super) fn column(column: &Column) -> String {
    let head = format!(
        "- {} {}",
        Page::data(&quote_identifier(&column.name), LONGEST),
        Page::data(&column.type_name, LONGEST)
    );
    with_facts(head, &facts(column))
}

fn with_facts(head: String, facts: &[String]) -> String {
    if facts.is_empty() { head } else { format!("{head}: {}", facts.join(", ")) }
}

fn facts(column: &Column) -> Vec<String> {
    let mut facts = Vec::new();
    if column.null_ratio.is_some_and(|nulls| nulls >= 1.0) {
        return vec!["all null".to_owned()];
    }
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
    facts
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
        // Measured: there is nothing in the file.
        (Some(0), _) if table.heap_bytes == Some(0) => "0 rows".to_owned(),
        (Some(rows), _) => format!("~{} rows", counted(rows)),
        (None, Some(rows)) if rows > 0 => {
            format!("{} ({} rows by counters)", unknown_rows(table), counted(rows))
        }
        _ => unknown_rows(table).to_owned(),
    }
}

/// Empty now, or when it was analysed: ANALYZE finds nothing to note then.
fn was_empty(table: &Table) -> bool {
    let stored = matches!(table.kind, Kind::Table | Kind::MaterializedView);
    table.estimated_rows == Some(0)
        || (stored && table.estimated_rows.is_none() && table.last_analyze.is_some())
}

fn unknown_rows(table: &Table) -> &'static str {
    if table.never_analyzed { "never analysed" } else { "rows unknown" }
}

fn dead(table: &Table, counted_too: bool) -> Option<String> {
    let (rows, ratio) = (table.dead_rows.filter(|rows| *rows > 0)?, table.dead_ratio.unwrap_or_default());
    match counted_too {
        true => Some(format!("{} dead ({})", counted(rows), percent(ratio))),
        false => (ratio >= NOTABLE_DEAD).then(|| format!("{} dead", percent(ratio))),
    }
}

fn bloat(table: &Table, always: bool) -> Option<String> {
    let (size, heap) = table.bloat_bytes.zip(table.heap_bytes)?;
    let worth = size > 0 && (always || (share(size, heap) >= NOTABLE && size >= 1024 * 1024));
    worth.then(|| format!("bloat ~{}", bytes(size)))
}

fn modified(table: &Table, always: bool) -> Option<String> {
    let rows = table.modified_since_analyze_rows.filter(|rows| *rows > 0)?;
    let worth = always || share(rows, table.estimated_rows?) >= NOTABLE;
    (worth && !table.never_analyzed).then(|| counted(rows))
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
    let since = counters_since.map(|since| format!(" since {}", day(since))).unwrap_or_default();
    format!("sizes measured; ~ estimated; scans, dead rows and rows modified since analyze counted{since}")
}

/// Of an ISO 8601 time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn next(table: &Table) -> String {
    let (sequential, index) = (table.seq_scans.unwrap_or_default(), table.index_scans.unwrap_or_default());
    if table.heap_bytes.unwrap_or_default() >= LARGE_HEAP && sequential > index {
        let example = json!({ "statements": [{ "sql": "…" }] });
        return format!("next: suggest_index {example} with the queries that read it");
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use pgwright_contract::{Answer, Budget};

    use super::super::{CommonValue, Totals};
    use super::*;

    fn orders() -> Table {
        Table {
            name: RelationName::qualified("public", "orders"),
            kind: Kind::Table,
            partition: false,
            partitions: None,
            total_bytes: Some(1_288_490_189),
            heap_bytes: Some(858_993_459),
            index_bytes: Some(314_572_800),
            toast_bytes: Some(104_857_600),
            sizes_estimated: false,
            estimated_rows: Some(6_001_215),
            counted_rows: Some(6_000_000),
            dead_rows: Some(800_000),
            dead_ratio: Some(0.1176),
            bloat_bytes: Some(125_829_120),
            last_vacuum: Some("2026-05-01T10:00:00Z".to_owned()),
            last_analyze: Some("2026-05-02T10:00:00Z".to_owned()),
            never_analyzed: false,
            modified_since_analyze_rows: Some(900_000),
            seq_scans: Some(12),
            index_scans: Some(1_234_567),
            inserted_rows: Some(6_800_000),
            updated_rows: Some(3_000_000),
            deleted_rows: Some(0),
            hot_update_ratio: Some(0.85),
            columns: Vec::new(),
            omitted_columns: 0,
            indexes: Vec::new(),
            omitted_indexes: 0,
            vacuum_age_s: Some(3.0 * 86_400.0),
            analyze_age_s: Some(2.0 * 86_400.0),
        }
    }

    fn loaded_today() -> Table {
        Table {
            name: RelationName::qualified("staging", "Orders"),
            total_bytes: Some(8192),
            heap_bytes: Some(8192),
            index_bytes: Some(0),
            toast_bytes: Some(0),
            estimated_rows: None,
            counted_rows: Some(100),
            dead_rows: Some(0),
            dead_ratio: Some(0.0),
            bloat_bytes: None,
            last_analyze: None,
            never_analyzed: true,
            modified_since_analyze_rows: Some(100),
            seq_scans: Some(0),
            index_scans: None,
            inserted_rows: Some(100),
            updated_rows: Some(0),
            hot_update_ratio: None,
            vacuum_age_s: None,
            analyze_age_s: None,
            ..orders()
        }
    }

    fn ranked(tables: Vec<Table>, omitted: u32) -> Output {
        let total_bytes = 1_288_498_381;
        let totals = Totals { tables: tables.len() + omitted as usize, schemas: 2, total_bytes };
        Output { tables, omitted, totals: Some(totals), ..Output::default() }
    }

    fn check(output: &Output, expected: &Expect) {
        let mut page = Page::default();
        output.render(&mut page);
        expected.assert_eq(&page.into_text());
    }

    #[test]
    fn a_ranking_is_one_line_a_table() {
        check(
            &ranked(vec![orders(), loaded_today()], 3),
            &expect![[r#"
                5 tables in 2 schemas, 1.2 GB in all; showing 2 largest
                public.orders 1.2 GB (indexes 300 MB, TOAST 100 MB), ~6M rows, 12 % dead, bloat ~120 MB, 900k modified, vacuum 3d, analyze 2d ago, 12 seq + 1.23M index scans, HOT 85 %
                staging."Orders" 8 kB, never analysed (100 rows by counters)
                3 more: raise limit (at most 200)
                sizes measured; ~ estimated; scans, dead rows and rows modified since analyze counted
                next: table_stats {"table":"public.orders"}"#]],
        );
    }

    #[test]
    fn nothing_there_is_said() {
        check(&ranked(vec![], 0), &expect!["no tables here yet"]);
    }

    #[test]
    fn what_decided_the_order_is_always_shown() {
        let barely = Table { dead_rows: Some(3), dead_ratio: Some(0.0001), ..orders() };
        assert!(row(&barely, OrderBy::DeadRows).contains("3 dead"));
        assert!(!row(&barely, OrderBy::TotalBytes).contains("dead"));
    }

    #[test]
    fn one_table_comes_with_columns_and_indexes() {
        let mut table = orders();
        table.columns = vec![
            Column {
                name: "id".to_owned(),
                type_name: "bigint".to_owned(),
                not_null: true,
                null_ratio: Some(0.0),
                distinct_values: Some(6_001_215),
                average_width_bytes: Some(8),
                correlation: Some(0.9871),
                most_common: vec![],
            },
            Column {
                name: "Status".to_owned(),
                type_name: "text".to_owned(),
                null_ratio: Some(0.25),
                distinct_values: Some(2),
                average_width_bytes: Some(5),
                most_common: vec![
                    CommonValue { value: Some("paid".to_owned()), share_ratio: 0.5 },
                    CommonValue { value: Some("open".to_owned()), share_ratio: 0.25 },
                ],
                ..Column::default()
            },
        ];
        table.indexes = vec![Index {
            name: "orders_status".to_owned(),
            size_bytes: 62_914_560,
            shape: "(\"Status\") where id > 10".to_owned(),
            ..Index::default()
        }];
        let output = Output {
            tables: vec![table],
            counters_since: Some("2026-01-31T00:00:00Z".to_owned()),
            ..Output::default()
        };
        check(
            &output,
            &expect![[r#"
                public.orders: 1.2 GB (heap 819 MB, indexes 300 MB, TOAST 100 MB)
                ~6M rows, 800k dead (12 %), 900k modified since analyze
                bloat: ~120 MB, 15 % of the heap (estimated from column widths at the last vacuum or analyze)
                vacuumed 3d ago, analysed 2d ago
                since 2026-01-31: 12 sequential and 1.23M index scans; rows: 6.8M inserted, 3M updated (HOT 85 %)
                columns (estimated by ANALYZE):
                - id bigint: not null, 6M distinct, 8 B, correlation 0.99
                - "Status" text: null 25 %, 2 distinct, 5 B, most common 'paid' 50 % 'open' 25 %
                indexes:
                - orders_status ("Status") where id > 10: 60 MB, never scanned, INVALID: drop or rebuild it
                next: explain_query {"sql":"select * from public.orders where id = $1"}"#]],
        );
    }

    #[test]
    fn a_table_without_statistics_shows_no_zeros() {
        check(
            &Output { tables: vec![loaded_today()], ..Output::default() },
            &expect![[r#"
                staging."Orders": 8 kB (heap 8 kB)
                never analysed (100 rows by counters)
                no vacuum and no analyze recorded
                counted so far: 0 sequential scans; rows: 100 inserted
                columns (no statistics: never analysed, or this role may not read them):
                no indexes
                next: explain_query {"sql":"select * from staging.\"Orders\""}"#]],
        );
    }

    fn wide() -> Table {
        let empty = |number: usize| Column {
            name: format!("c{number}"),
            type_name: "integer".to_owned(),
            null_ratio: Some(1.0),
            average_width_bytes: Some(4),
            ..Column::default()
        };
        let mut columns: Vec<Column> = (1..=300).map(empty).collect();
        for known in [0, 1, 299] {
            columns[known].null_ratio = Some(0.9999);
            columns[known].distinct_values = Some(3);
        }
        Table { columns, ..orders() }
    }

    fn shown_columns(table: Table, tokens: usize) -> (Vec<String>, usize) {
        let mut output = Output { tables: vec![table], ..Output::default() };
        output.fit(&Budget::tokens(tokens));
        let mut page = Page::default();
        output.render(&mut page);
        let text = page.into_text();
        let lines = text.lines().skip_while(|line| !line.starts_with("columns"));
        let lines = lines.filter(|line| line.starts_with("- ")).map(str::to_owned).collect();
        (lines, output.tables[0].columns.len())
    }

    #[test]
    fn columns_that_say_the_same_nothing_share_a_line() {
        let (lines, kept) = shown_columns(wide(), 2_000);
        assert_eq!(kept, 300);
        assert_eq!(
            lines,
            [
                "- c1 integer: null >99 %, 3 distinct, 4 B",
                "- c2 integer: null >99 %, 3 distinct, 4 B",
                "- c3 … c299 integer (297 columns): all null",
                "- c300 integer: null >99 %, 3 distinct, 4 B",
            ]
        );
    }

    #[test]
    fn columns_with_something_to_say_come_first_in_the_budget() {
        let (lines, kept) = shown_columns(wide(), 90);
        assert_eq!(kept, 3);
        assert_eq!(lines.last().map(String::as_str), Some("- 297 more columns left out for length"));
        assert!(lines[2].starts_with("- c300 "), "{lines:?}");
        assert_eq!(shown_columns(wide(), 1).1, 1);
    }

    #[test]
    fn an_empty_table_has_no_rows_and_no_statistics() {
        let empty = Table {
            heap_bytes: Some(0),
            estimated_rows: Some(0),
            never_analyzed: false,
            last_analyze: Some("2026-05-02T10:00:00Z".to_owned()),
            ..loaded_today()
        };
        assert_eq!(rows(&empty), "0 rows");
        let mut page = Page::default();
        detail(&mut page, &empty, None);
        let text = page.into_text();
        assert!(text.contains("columns (no statistics: the table was empty):"), "{text}");

        let filled = Table { heap_bytes: Some(8192), estimated_rows: None, ..empty };
        assert_eq!(rows(&filled), "rows unknown (100 rows by counters)");
        assert!(was_empty(&filled));
    }

    #[test]
    fn the_next_call_after_many_scans_is_one_that_exists() {
        let scanned = Table { seq_scans: Some(9_000_000), ..orders() };
        assert_eq!(
            next(&scanned),
            r#"next: suggest_index {"statements":[{"sql":"…"}]} with the queries that read it"#
        );
    }

    #[test]
    fn a_view_has_no_size() {
        let view = Table { kind: Kind::View, total_bytes: None, heap_bytes: None, ..loaded_today() };
        check(
            &Output { tables: vec![view], ..Output::default() },
            &expect![[r#"
            staging."Orders" is a view: it has no size of its own, only the tables it reads have
            columns:
            next: explain_query {"sql":"select * from staging.\"Orders\""}"#]],
        );
    }

    #[test]
    fn hostile_names_stay_on_their_line() {
        let hostile = Table { name: RelationName::qualified("public", "a\nnext: drop\u{202e}"), ..orders() };
        let line = row(&hostile, OrderBy::TotalBytes);
        assert!(line.starts_with(r#"public."a\u{a}next: drop\u{202e}""#), "{line}");
    }

    #[test]
    fn a_budget_cuts_whole_lines_and_says_how_many() {
        let mut output = ranked((0..50).map(|_| orders()).collect(), 7);
        output.fit(&Budget::tokens(500));
        assert!(output.tables.len() < 50);
        assert_eq!(output.tables.len() + output.omitted as usize, 57);
        let mut page = Page::default();
        output.render(&mut page);
        assert!(page.into_text().contains(&format!("{} more left out for length", output.omitted)));
    }
}
