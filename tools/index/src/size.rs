//! How large a candidate would be, freshly built: what the catalogue knows of its table, put into the formulas of the shadow.

use pgwright_postgres::catalog::{Column, ColumnStatistics, Table};
pub(crate) use pgwright_shadow::size::Size;
use pgwright_shadow::size::{Part, btree_of};

use crate::candidates::{Candidate, Class, Key, Method};

const PAGE: f64 = 8_192.0;
/// What an expression gives is seldom wider; what is taken out of a document is narrower.
const WIDEST_EXPRESSION: i32 = 40;
const WIDEST_OF_DOCUMENT: i32 = 12;
/// Days of ten years: more than most tables hold.
const DAYS: f64 = 3_650.0;
/// A compressed row pointer in a posting list, with what pages leave free.
const POSTING: f64 = 3.0;

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

fn btree(table: &Table, rows: f64, keys: &[&Column], included: &[&Column]) -> Size {
    let part = |column: &&Column, is_key| {
        let known = column.statistics.as_ref();
        let width_bytes = known.map_or(8.0, |known| f64::from(known.average_width_bytes.max(1)));
        Part {
            width_bytes,
            spread_bytes: 0.0,
            align_bytes: alignment(&column.base_type, width_bytes),
            null_ratio: known.map_or(0.0, |known| known.null_ratio),
            distinct: known.map_or(0.0, |known| known.distinct),
            equal_image: equal_image(&column.base_type),
            is_key,
        }
    };
    let of_keys = keys.iter().map(|column| part(column, true));
    let parts: Vec<Part> = of_keys.chain(included.iter().map(|column| part(column, false))).collect();
    btree_of(rows, &parts, |rows| distinct(table, keys, rows))
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
