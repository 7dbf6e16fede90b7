//! The name of a column, with its table and schema.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::identifier::{NameError, dotted_parts, quote_identifier};

/// `schema.table.column`, as written by a person: folded, quoted and cut as a [`RelationName`](super::RelationName) is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnName {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

impl FromStr for ColumnName {
    type Err = NameError;

    fn from_str(written: &str) -> Result<Self, NameError> {
        let parts = dotted_parts(written)?;
        let [schema, table, column] = <[String; 3]>::try_from(parts).map_err(|_| NameError::NotAColumn)?;
        Ok(Self { schema, table, column })
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [schema, table, column] =
            [&self.schema, &self.table, &self.column].map(|part| quote_identifier(part));
        write!(f, "{schema}.{table}.{column}")
    }
}

impl Serialize for ColumnName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ColumnName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Cow::<'de, str>::deserialize(deserializer)?;
        written.parse().map_err(|error| D::Error::custom(format!("{written}: {error}")))
    }
}

impl JsonSchema for ColumnName {
    fn schema_name() -> Cow<'static, str> {
        "ColumnName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A column: schema.table.column." })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn three_parts_are_read_and_written() {
        let name: ColumnName = r#"Public."My.Table".email"#.parse().unwrap();
        assert_eq!((name.schema.as_str(), name.table.as_str()), ("public", "My.Table"));
        assert_eq!(name.to_string(), r#"public."My.Table".email"#);
        assert_eq!("customers.email".parse::<ColumnName>(), Err(NameError::NotAColumn));
    }
}
