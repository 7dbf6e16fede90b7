//! A table that grows.

use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ShadowError, Snapshot};

/// A table that grows.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The table, with its partitions.
    pub table: RelationName,
    /// How many times the rows of today it will have, 0.01 to 10000.
    pub factor: f64,
}

impl Growth {
    /// Whether the factor is one.
    pub(super) fn is_sane(&self) -> bool {
        (0.01..=10_000.0).contains(&self.factor)
    }
}

/// The snapshot with all of it.
pub(super) fn of(snapshot: &Snapshot, growth: &[Growth]) -> Result<Snapshot, ShadowError> {
    let growth: Vec<(RelationName, f64)> = growth.iter().map(|one| (one.table.clone(), one.factor)).collect();
    snapshot.grown(&growth).map_err(|name| ShadowError::Unknown { name: name.to_string() })
}
