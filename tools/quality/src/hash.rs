//! Counting distinct values cheaply: by a 64-bit hash that equal values share.
//!
//! Equal values hash equal, so a count of distinct hashes can never hide a duplicate; it can only, by a collision, show one
//! too many, which the exact count afterwards takes back. The type's own hash function is used, which honours
//! non-deterministic collations and the many spellings of one number; the text of a value would not.

use pgwright_postgres::catalog::Column;

use crate::statement;

/// First version with `hash_record_extended`.
const RECORD_HASH_SINCE: u32 = 140_000;

/// The column as something that has equality: itself, or its text.
pub(crate) fn comparable(column: &Column) -> String {
    let value = statement::column(&column.name);
    if column.orderable { value } else { format!("{value}::text") }
}

/// What to count the distinct values of, for rows in which none of the columns is NULL.
pub(crate) fn distinct(columns: &[&Column], version: u32) -> String {
    if let [column] = columns {
        if is_small(column) {
            return comparable(column);
        }
        if let Some(hashed) = hashed(column, "0") {
            return hashed;
        }
    }
    // Each column's hash seeds the next one's: measured, half the time of making and hashing a record.
    let chained = columns.iter().try_fold("0".to_owned(), |seed, column| hashed(column, &seed));
    let row =
        || format!("row({})", columns.iter().map(|column| comparable(column)).collect::<Vec<_>>().join(", "));
    match (chained, columns) {
        (Some(chained), _) => chained,
        (None, _) if version >= RECORD_HASH_SINCE && columns.iter().all(|column| is_hashable(column)) => {
            format!("pg_catalog.hash_record_extended({}, 0)", row())
        }
        (None, [column]) => comparable(column),
        (None, _) => row(),
    }
}

/// The same for whole rows, in which NULLs are equal.
pub(crate) fn distinct_rows(columns: &[&Column], version: u32) -> String {
    let row = |cells: Vec<String>| format!("row({})", cells.join(", "));
    if version >= RECORD_HASH_SINCE {
        let hashable = |column: &&Column| {
            if is_hashable(column) {
                comparable(column)
            } else {
                format!("{}::text", statement::column(&column.name))
            }
        };
        if columns.iter().all(|column| is_hashable(column) || !column.orderable) {
            let cells = columns.iter().map(hashable).collect();
            return format!("pg_catalog.hash_record_extended({}, 0)", row(cells));
        }
    }
    row(columns.iter().map(|column| comparable(column)).collect())
}

/// The same as something to sort by, if it is one number.
pub(crate) fn sortable(distinct: String) -> Option<String> {
    (!distinct.starts_with("row(")).then_some(distinct)
}

/// Values that fit into 64 bits sort as fast as their hashes would, and are exact.
fn is_small(column: &Column) -> bool {
    matches!(
        column.base_type.as_str(),
        "int2"
            | "int4"
            | "int8"
            | "float4"
            | "float8"
            | "date"
            | "time"
            | "timestamp"
            | "timestamptz"
            | "oid"
            | "bool"
    )
}

fn hashed(column: &Column, seed: &str) -> Option<String> {
    if column.base_type == "timestamptz" {
        // Before 18 it has no function of its own; in UTC no two moments look alike.
        let value = comparable(column);
        return Some(format!("pg_catalog.timestamp_hash_extended({value} at time zone 'UTC', {seed})"));
    }
    let function = match column.base_type.as_str() {
        _ if !column.orderable => "hashtextextended",
        "text" | "varchar" => "hashtextextended",
        "bpchar" => "hashbpcharextended",
        "numeric" => "hash_numeric_extended",
        "uuid" => "uuid_hash_extended",
        "jsonb" => "jsonb_hash_extended",
        "int2" => "hashint2extended",
        "int4" => "hashint4extended",
        "int8" => "hashint8extended",
        "float4" => "hashfloat4extended",
        "float8" => "hashfloat8extended",
        "timestamp" => "timestamp_hash_extended",
        "interval" => "interval_hash_extended",
        "time" => "time_hash_extended",
        _ => return None,
    };
    Some(format!("pg_catalog.{function}({}, {seed})", comparable(column)))
}

/// Types that `hash_record_extended` knows how to hash.
fn is_hashable(column: &Column) -> bool {
    is_small(column)
        || column.category == 'E'
        || !column.orderable
        || matches!(
            column.base_type.as_str(),
            "text"
                | "varchar"
                | "bpchar"
                | "name"
                | "numeric"
                | "uuid"
                | "jsonb"
                | "interval"
                | "timetz"
                | "bytea"
                | "inet"
                | "cidr"
                | "macaddr"
                | "macaddr8"
        )
}
