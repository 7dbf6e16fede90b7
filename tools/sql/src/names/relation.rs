//! The name of a table, view or other relation.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::identifier::{NameError, dotted_parts, quote_identifier};

/// `schema.table` or `table`, as written by a person: quoted parts keep their case, unquoted parts fold to lower case,
/// and both are cut to 63 bytes, as PostgreSQL does.
///
/// `Display`, and so serialisation, quotes only where needed; parsing what it wrote gives the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema, when one was named.
    pub schema: Option<String>,
    /// The relation.
    pub name: String,
}

impl RelationName {
    /// A name as PostgreSQL stores it, with its schema: nothing is folded.
    pub fn qualified(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// A name as PostgreSQL stores it, to be found on the search path: nothing is folded.
    pub fn bare(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl FromStr for RelationName {
    type Err = NameError;

    fn from_str(written: &str) -> Result<Self, NameError> {
        let mut parts = dotted_parts(written)?;
        match (parts.pop(), parts.pop(), parts.pop()) {
            (Some(name), schema, None) => Ok(Self { schema, name }),
            (None, ..) => Err(NameError::Empty),
            _ => Err(NameError::TooManyParts),
        }
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quote_identifier(schema))?;
        }
        f.write_str(&quote_identifier(&self.name))
    }
}

impl Serialize for RelationName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RelationName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Cow::<'de, str>::deserialize(deserializer)?;
        written.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for RelationName {
    fn schema_name() -> Cow<'static, str> {
        "RelationName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "`schema.table` or `table`; double quotes keep upper case." })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn parsed(written: &str) -> RelationName {
        written.parse().unwrap()
    }

    #[test]
    fn unquoted_parts_fold_and_quoted_parts_do_not() {
        assert_eq!(parsed("Sales.Orders"), RelationName::qualified("sales", "orders"));
        assert_eq!(parsed(r#" "Sales" . Orders "#), RelationName::qualified("Sales", "orders"));
        assert_eq!(parsed(r#""a.b""#), RelationName::bare("a.b"));
        assert_eq!(parsed(r#""say ""hi""""#), RelationName::bare(r#"say "hi""#));
        assert_eq!(parsed("Ätna"), RelationName::bare("Ätna"), "only ASCII folds under UTF-8");
    }

    #[test]
    fn names_are_cut_to_63_bytes_between_characters() {
        assert_eq!(parsed(&"a".repeat(64)).name, "a".repeat(63));
        assert_eq!(parsed(&format!("\"{}é\"", "a".repeat(62))).name, "a".repeat(62));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!("".parse::<RelationName>(), Err(NameError::Empty));
        assert_eq!("a.".parse::<RelationName>(), Err(NameError::Empty));
        assert_eq!("\"\"".parse::<RelationName>(), Err(NameError::Empty));
        assert_eq!("\"a".parse::<RelationName>(), Err(NameError::Unclosed));
        assert_eq!("a.b.c".parse::<RelationName>(), Err(NameError::TooManyParts));
        assert_eq!("a; drop".parse::<RelationName>(), Err(NameError::Unexpected { found: ';', position: 2 }));
        assert_eq!("1a".parse::<RelationName>(), Err(NameError::Unexpected { found: '1', position: 1 }));
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(RelationName::qualified("public", "orders").to_string(), "public.orders");
        assert_eq!(RelationName::qualified("public", "order").to_string(), "public.\"order\"");
        assert_eq!(RelationName::bare("Orders").to_string(), "\"Orders\"");
        assert_eq!(RelationName::bare("a\"; drop table x").to_string(), "\"a\"\"; drop table x\"");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(schema in proptest::option::of("[^\0]{1,12}"), name in "[^\0]{1,12}") {
            let name = RelationName { schema, name };
            prop_assert_eq!(name.to_string().parse::<RelationName>(), Ok(name));
        }
    }
}
