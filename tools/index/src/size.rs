//! How large a B-tree would be, freshly built: `nbtsort.c` by formula.
//!
//! Leaves hold one tuple a row, or, where many rows share a key and its type allows deduplication, posting lists of
//! six bytes a row. Leaves are filled to 90 %, inner pages to 70 %.

use pgwright_postgres::catalog::{Column, ColumnStatistics, Table};

use crate::candidates::{Candidate, Class, Key, Method};

const PAGE: f64 = 8_192.0;
/// Page header and the B-tree's own trailer.
const PAGE_OVERHEAD: f64 = 24.0 + 16.0;
const LEAF_FILL: f64 = 0.9;
const INNER_FILL: f64 = 0.7;
const ITEM_POINTER: f64 = 4.0;
const TUPLE_HEADER: f64 = 8.0;
const ROW_POINTER: f64 = 6.0;
/// A posting list made while building is at most a tenth of a page.
const LARGEST_POSTING: f64 = 812.0;
/// What an expression gives is seldom wider; what is taken out of a document is narrower.
const WIDEST_EXPRESSION: i32 = 40;
const WIDEST_OF_DOCUMENT: i32 = 12;
/// Days of ten years: more than most tables hold.
const DAYS: f64 = 3_650.0;
/// A compressed row pointer in a posting list, with what pages leave free.
const POSTING: f64 = 3.0;

/// A B-tree's size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    /// All pages.
    pub(crate) pages: f64,
    /// Levels above the leaves.
    pub(crate) height: f64,
}

impl Size {
    /// The size on disk.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "page counts are positive and whole"
    )]
    pub(crate) fn bytes(self) -> u64 {
        (self.pages * PAGE) as u64
    }
}

/// The size of a candidate. Only B-trees are known well; of others the order of magnitude.
pub(crate) fn of_candidate(table: &Table, candidate: &Candidate) -> Size {
    let rows = table.estimated_rows.unwrap_or(0.0).max(0.0) * candidate.share();
    match candidate.method {
        Method::Btree => {
            let keys: Vec<Column> = candidate.keys.iter().filter_map(|key| keyed(key, table)).collect();
            let included: Vec<Column> =
                candidate.included.iter().filter_map(|name| table.column(name)).cloned().collect();
            let (keys, included): (Vec<&Column>, Vec<&Column>) =
                (keys.iter().collect(), included.iter().collect());
            btree(table, rows, &keys, &included)
        }
        Method::Gin => gin(table, rows, candidate),
        Method::Brin => Size { pages: 3.0 + (float(table.pages) / 128.0 * 32.0 / PAGE).ceil(), height: 0.0 },
    }
}

/// A GIN index: a posting of some bytes for each element of a row, and a key with its tuple for each element that no other
/// row has. How many elements a value has, its width tells.
fn gin(table: &Table, rows: f64, candidate: &Candidate) -> Size {
    let mut bytes = 0.0;
    for key in &candidate.keys {
        for column in key.columns().into_iter().filter_map(|name| table.column(name)) {
            let (width, distinct) = column.statistics.as_ref().map_or((32.0, 1.0), |known| {
                (f64::from(known.average_width_bytes), known.distinct_values(rows.max(1.0)) / rows.max(1.0))
            });
            let (element, of_key) = match (key.class, column.base_type.as_str()) {
                // Nearly every character begins one, and there are few different ones.
                (Some(Class::Trigrams), _) => (1.0, 0.0),
                (Some(Class::JsonPaths), _) => (22.0, 13.0),
                (_, "tsvector" | "text") => (11.0, 10.0),
                (_, "jsonb") => (11.0, 7.0),
                _ => (24.0, 6.0),
            };
            bytes += (width / element + 1.0) * (POSTING + of_key * distinct.clamp(0.0, 1.0));
        }
    }
    Size { pages: (rows * bytes / PAGE).ceil() + 2.0, height: 2.0 }
}

/// A key part as a column; of an expression the values are taken to be as many and as wide as its column's.
fn keyed(key: &Key, table: &Table) -> Option<Column> {
    let column = table.column(key.columns().first()?)?.clone();
    Some(match key.column() {
        Some(_) => column,
        None => {
            let widest = if column.base_type == "jsonb" { WIDEST_OF_DOCUMENT } else { WIDEST_EXPRESSION };
            let of_days = column.category == 'D';
            let statistics = column.statistics.map(|known| ColumnStatistics {
                average_width_bytes: known.average_width_bytes.min(widest),
                distinct: if of_days { DAYS } else { known.distinct },
                ..known
            });
            let base_type = if of_days { "date".to_owned() } else { column.base_type };
            Column { statistics, base_type, ..column }
        }
    })
}

/// The size of a B-tree over `keys` of `table`, which also stores `included`.
#[cfg(test)]
pub(crate) fn of(table: &Table, keys: &[&str], included: &[String]) -> Size {
    let rows = table.estimated_rows.unwrap_or(0.0).max(0.0);
    let keys: Vec<&Column> = keys.iter().filter_map(|name| table.column(name)).collect();
    let included: Vec<&Column> = included.iter().filter_map(|name| table.column(name)).collect();
    btree(table, rows, &keys, &included)
}

fn btree(table: &Table, rows: f64, key_columns: &[&Column], included: &[&Column]) -> Size {
    let stored: Vec<&Column> = key_columns.iter().chain(included).copied().collect();
    let deduplicates = included.is_empty() && key_columns.iter().all(|column| equal_image(&column.base_type));

    let all_null: f64 = stored.iter().map(|column| null_ratio(column)).product();
    let null_rows = rows * all_null;
    let tuple = aligned(TUPLE_HEADER + data_width(&stored));
    let null_tuple = aligned(TUPLE_HEADER + 4.0);
    let leaf_bytes = if deduplicates {
        groups(rows - null_rows, distinct(table, key_columns, rows - null_rows), tuple)
            + groups(null_rows, 1.0, null_tuple)
    } else {
        (rows - null_rows) * (tuple + ITEM_POINTER) + null_rows * (null_tuple + ITEM_POINTER)
    };

    let pivot = aligned(TUPLE_HEADER + data_width(key_columns)) + ITEM_POINTER;
    let leaf_room = PAGE * LEAF_FILL - PAGE_OVERHEAD - pivot;
    let fanout = ((PAGE * INNER_FILL - PAGE_OVERHEAD) / pivot).max(2.0);
    let mut level = (leaf_bytes / leaf_room).ceil().max(1.0);
    // The meta page.
    let mut size = Size { pages: 1.0 + level, height: 0.0 };
    while level > 1.0 {
        level = (level / fanout).ceil();
        size.pages += level;
        size.height += 1.0;
    }
    size
}

/// The distinct combinations that `rows` rows have of these columns.
fn distinct(table: &Table, columns: &[&Column], rows: f64) -> f64 {
    let all = table.estimated_rows.unwrap_or(rows).max(1.0);
    let values = |column: &&Column| match &column.statistics {
        Some(statistics) => {
            statistics.distinct_values(all) + if statistics.null_ratio > 0.0 { 1.0 } else { 0.0 }
        }
        None => all,
    };
    match columns {
        [column] => values(column).min(rows.max(1.0)),
        _ => {
            let possible: f64 = columns.iter().map(values).product();
            // Not every combination turns up in so many draws.
            let independent = (possible * -(-rows / possible).exp_m1()).clamp(1.0, rows.max(1.0));
            // What the planner takes columns for that go together.
            let most = columns.iter().map(values).fold(1.0, f64::max);
            let dependent = independent.min(most.max(rows / 10.0));
            // Single-column statistics cannot tell; in between, neither is far off. The more combinations are possible for
            // each row, the less a dependence between the columns makes them few.
            let weight = ((possible / rows.max(1.0)).log10() / 2.0).clamp(0.5, 1.0);
            independent.powf(weight) * dependent.powf(1.0 - weight)
        }
    }
}

/// Bytes of the leaf tuples of `rows` rows in `distinct` groups of equal keys.
fn groups(rows: f64, distinct: f64, tuple: f64) -> f64 {
    if rows <= 0.0 {
        return 0.0;
    }
    let distinct = distinct.clamp(1.0, rows);
    let each = rows / distinct;
    let per_posting = ((LARGEST_POSTING - tuple) / ROW_POINTER).floor().max(1.0);
    if per_posting < 2.0 {
        return rows * (tuple + ITEM_POINTER);
    }
    let lists = (each / per_posting).ceil().max(1.0);
    let singly = each * (tuple + ITEM_POINTER);
    let posted = lists * (tuple + ITEM_POINTER) + each * ROW_POINTER + lists * 4.0;
    distinct * singly.min(posted)
}

fn data_width(columns: &[&Column]) -> f64 {
    columns.iter().fold(0.0, |at, column| {
        let null_ratio = null_ratio(column);
        let average =
            column.statistics.as_ref().map_or(8.0, |known| f64::from(known.average_width_bytes.max(1)));
        let alignment = alignment(&column.base_type, average);
        let start = (at / alignment).ceil() * alignment;
        at + (start - at + average) * (1.0 - null_ratio)
    })
}

fn null_ratio(column: &Column) -> f64 {
    column.statistics.as_ref().map_or(0.0, |known| known.null_ratio)
}

fn alignment(base_type: &str, width: f64) -> f64 {
    match base_type {
        "int8" | "timestamp" | "timestamptz" | "float8" | "time" | "timetz" | "money" | "interval" => 8.0,
        "int2" => 2.0,
        "bool" | "char" | "uuid" | "name" | "macaddr" => 1.0,
        // Up to here a variable-length value has a one-byte header and no alignment.
        "text" | "varchar" | "bpchar" | "numeric" | "bytea" | "citext" | "inet" | "cidr" | "bit"
        | "varbit"
            if width <= 127.0 =>
        {
            1.0
        }
        _ => 4.0,
    }
}

/// Whether equal values are equal byte by byte, which deduplication needs.
fn equal_image(base_type: &str) -> bool {
    !matches!(base_type, "numeric" | "float4" | "float8" | "jsonb" | "interval")
        && !base_type.starts_with('_')
}

#[allow(clippy::cast_precision_loss, reason = "pages of a table")]
fn float(pages: i64) -> f64 {
    pages as f64
}

fn aligned(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::candidates::examples::{column, table};

    fn known(name: &str, base_type: &str, width: i32, distinct: f64, null_ratio: f64) -> Column {
        let mut column = column(name, base_type, 'N');
        column.statistics =
            Some(ColumnStatistics { average_width_bytes: width, distinct, null_ratio, ..Default::default() });
        column
    }

    /// Pages of really built indexes over 1,000,000 rows (PostgreSQL 15, `pg_relation_size / 8192`).
    fn expect(columns: Vec<Column>, real_pages: f64) {
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let size = of(&table("t", 1_000_000.0, columns, vec![]), &names, &[]);
        let ratio = size.pages / real_pages;
        assert!((0.87..1.15).contains(&ratio), "{} pages against {real_pages}: {ratio}", size.pages);
    }

    #[test]
    fn keys_that_differ_take_a_tuple_each() {
        expect(vec![known("id", "int8", 8, -1.0, 0.0)], 2_745.0);
        expect(vec![known("u", "uuid", 16, -1.0, 0.0)], 3_853.0);
        expect(vec![known("status", "text", 5, 3.0, 0.0), known("at", "timestamp", 8, -1.0, 0.0)], 3_853.0);
    }

    #[test]
    fn keys_that_repeat_take_six_bytes_a_row() {
        expect(vec![known("c7", "int4", 4, 7.0, 0.0)], 850.0);
        expect(vec![known("c1000", "int4", 4, 1_000.0, 0.0)], 896.0);
        expect(vec![known("email", "text", 21, 50_223.0, 0.0)], 1_073.0);
        expect(vec![known("c300k", "int8", 8, -0.28411, 0.0)], 1_806.0);
        expect(vec![known("mostly_null", "int4", 4, 25.0, 0.949_766_7)], 851.0);
        expect(vec![known("c7", "int4", 4, 7.0, 0.0), known("c1000", "int4", 4, 1_000.0, 0.0)], 830.0);
    }

    #[test]
    fn numbers_that_can_be_written_in_two_ways_are_not_deduplicated() {
        expect(vec![known("num2000", "numeric", 4, 2_000.0, 0.0)], 2_749.0);
    }

    #[test]
    fn stored_columns_end_deduplication() {
        let columns = vec![known("c1000", "int4", 4, 1_000.0, 0.0), known("id", "int8", 8, -1.0, 0.0)];
        let size = of(&table("t", 1_000_000.0, columns, vec![]), &["c1000"], &["id".to_owned()]);
        assert!((size.pages / 3_853.0 - 1.0).abs() < 0.1, "{size:?}");
    }
}
