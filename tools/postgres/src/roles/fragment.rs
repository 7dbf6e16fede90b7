//! Fragments of the script: SQL with `{{name}}` where a value goes. A value is never read again as a fragment.

use std::collections::BTreeMap;

use pgwright_sql::quote_identifier;

use crate::types::quote_literal;

/// The values of a fragment, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    /// Adds SQL as it is to be written: the caller has quoted it.
    pub(super) fn with(mut self, name: &str, sql: &str) -> Self {
        self.0.insert(name.to_owned(), sql.to_owned());
        self
    }

    /// Adds a name of the database's: as an identifier, and as a literal under `name_text`.
    pub(super) fn with_name(self, name: &str, value: &str) -> Self {
        self.with(name, &quote_identifier(value)).with(&format!("{name}_text"), &quote_literal(value))
    }
}

/// A fragment with its values.
pub(super) fn fill(fragment: &str, values: &Values) -> String {
    let mut parts = fragment.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}").and_then(|(name, rest)| Some((values.0.get(name)?, rest))) {
            Some((value, rest)) => {
                filled.push_str(value);
                filled.push_str(rest);
            }
            None => {
                filled.push_str("{{");
                filled.push_str(part);
            }
        }
    }
    filled
}
