//! What an index costs those who write to its table.

use pgwright_contract::units::round;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Prepared;
use crate::snapshot::Writes;

/// A record of the write-ahead log without the entry: header, block, offset. Seen on PostgreSQL 15: 78 bytes in all for an
/// integer or a short text in a B-tree, and for a hash; 177 for two words in a GIN index. Pages that are logged whole after a
/// checkpoint come on top.
const RECORD_BYTES: f64 = 62.0;
/// The smallest tuple, which is logged before it is put into a list with its equals.
const LEAST_ENTRY: f64 = 16.0;
/// Entries of a row that has words or elements are gathered and written together.
const OF_ELEMENTS: f64 = 3.0;

/// What an index adds to writes; modelled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Upkeep {
    /// Write-ahead log of one row that is inserted, or moved by an update.
    pub wal_bytes_per_row: f64,
    /// Rows that were inserted since the table's statistics were reset.
    pub inserted_rows: u64,
    /// Rows that were updated.
    pub updated_rows: u64,
    /// Of these, those that no index noticed (HOT). Where an update changes a column of the new index, it is not one of them any
    /// more, and writes to every index.
    pub hot_rows: u64,
}

impl Upkeep {
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn of(prepared: &Prepared, rows: f64, writes: Writes) -> Self {
        let entry = prepared.size_bytes as f64 / rows.max(1.0);
        let bytes = match prepared.method.as_str() {
            // A summary changes when a range gets a new end.
            "brin" => 0.0,
            "gin" => RECORD_BYTES + OF_ELEMENTS * entry,
            "hash" => RECORD_BYTES + LEAST_ENTRY,
            _ => RECORD_BYTES + entry.max(LEAST_ENTRY),
        };
        Self {
            wal_bytes_per_row: round(bytes),
            inserted_rows: writes.inserted,
            updated_rows: writes.updated,
            hot_rows: writes.hot,
        }
    }
}
