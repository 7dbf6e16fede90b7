//! The name of a type as a statement writes it.

use std::fmt;

use serde::Serialize;

use super::identifier::quote_identifier;

/// A type by name, as PostgreSQL would look it up: folded unless quoted, cut to 63 bytes, without modifiers and array
/// bounds. The grammar's own words stand for what they mean: `int` is `pg_catalog.int4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TypeName {
    /// The schema, when one is named or meant.
    pub schema: Option<String>,
    /// The type.
    pub name: String,
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quote_identifier(schema))?;
        }
        f.write_str(&quote_identifier(&self.name))
    }
}
