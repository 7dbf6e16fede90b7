//! A table that grows.

use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::Deserialize;

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
