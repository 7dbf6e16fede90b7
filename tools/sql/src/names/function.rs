//! The name of a function as a statement calls it.

use std::fmt;

use serde::Serialize;

use super::identifier::quote_identifier;

/// A function by name, as PostgreSQL would look it up: folded unless quoted, cut to 63 bytes. Arguments are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FunctionName {
    /// The schema, when the call names one.
    pub schema: Option<String>,
    /// The function.
    pub name: String,
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quote_identifier(schema))?;
        }
        f.write_str(&quote_identifier(&self.name))
    }
}
