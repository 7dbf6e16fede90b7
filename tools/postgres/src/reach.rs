//! What the configuration lets callers' statements reach beyond, or short of, what holds on every database.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use pgwright_sql::{NameError, RelationName, quote_identifier};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What callers' statements may reach beyond, or short of, what the guard gives on every database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reach {
    /// Functions of the database's own that statements may run, by name or through operators, casts, views, policies and
    /// types: `schema.name` (all that share the name), or `schema.*` (all of a schema but those of extensions). What such
    /// a function does is then up to it.
    pub allow_functions: Vec<NamePattern>,
    /// Extensions whose functions statements may call, unless they are volatile. `default` stands for the list of
    /// harmless ones that holds without this setting.
    pub allow_extensions: Option<Vec<ExtensionName>>,
    /// Foreign tables that statements may read, as `schema.name` or `schema.*`. Reading one opens a connection to
    /// elsewhere, so without this they are refused, also as partitions and behind views.
    pub allow_relations: Vec<NamePattern>,
    /// Relations that no statement may read, as `schema.name` or `schema.*`, whatever the way: by name, behind a view,
    /// as a partition.
    pub deny_relations: Vec<NamePattern>,
}

impl Reach {
    /// Whether a function of the user's own may be run. One of an extension has to be named in full.
    pub(crate) fn allows_function(&self, schema: &str, name: &str, of_an_extension: bool) -> bool {
        self.allow_functions
            .iter()
            .any(|pattern| pattern.matches(schema, name) && !(of_an_extension && pattern.name.is_none()))
    }

    /// Whether the functions of an extension may be called where they are not volatile.
    pub(crate) fn allows_extension(&self, extension: &str) -> bool {
        let by_default = || HARMLESS_EXTENSIONS.binary_search(&extension).is_ok();
        match &self.allow_extensions {
            None => by_default(),
            Some(listed) => listed.iter().any(|ExtensionName(name)| match name.as_str() {
                DEFAULT => by_default(),
                name => name == extension,
            }),
        }
    }

    pub(crate) fn allows_foreign(&self, schema: &str, name: &str) -> bool {
        self.allow_relations.iter().any(|pattern| pattern.matches(schema, name))
    }

    pub(crate) fn denies(&self, schema: &str, name: &str) -> Option<&NamePattern> {
        self.deny_relations.iter().find(|pattern| pattern.matches(schema, name))
    }
}

const DEFAULT: &str = "default";

/// Extensions that compute on their arguments only, with no way to files, the network, SQL text or other sessions; sorted.
///
/// Not among them although popular: `dblink`, `postgres_fdw`, `file_fdw` (reach elsewhere), `tablefunc`, `xml2`,
/// `address_standardizer`, `pgrouting` (run the SQL text or read the tables that they are given), `postgis_raster` (opens
/// files and addresses), `postgis_topology`, `postgis_tiger_geocoder` (run composed SQL), `adminpack`, `pageinspect`,
/// `pg_visibility`, `pg_walinspect` (read files and raw pages, past policies and masks), `isn` (`isn_weak` sets a global of
/// the session that outlives it), procedural languages.
const HARMLESS_EXTENSIONS: &[&str] = &[
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intagg",
    "intarray",
    "ltree",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "postgis",
    "postgis_sfcgal",
    "seg",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// Functions of harmless extensions that are volatile because their value varies, and change nothing; sorted.
const HARMLESS_FUNCTIONS: &[&str] = &[
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
];

/// Whether a volatile function of a harmless extension only varies.
pub(crate) fn only_varies(function: &str) -> bool {
    HARMLESS_FUNCTIONS.binary_search(&function).is_ok()
}

/// `schema.name`, or `schema.*` for all names of a schema. Quoted parts keep their case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    schema: String,
    /// `None` for `*`.
    name: Option<String>,
}

impl NamePattern {
    fn matches(&self, schema: &str, name: &str) -> bool {
        self.schema == schema && self.name.as_deref().is_none_or(|wanted| wanted == name)
    }
}

/// Why an entry of the reach is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A name alone could mean one of any schema.
    #[error("{written:?} has no schema; write schema.name, or schema.* for all of a schema")]
    NoSchema {
        /// The entry.
        written: String,
    },
    /// It cannot be read.
    #[error("{written:?} is not schema.name or schema.*: {source}")]
    Name {
        /// The entry.
        written: String,
        /// Why.
        source: NameError,
    },
    /// An extension's name has other characters.
    #[error("{written:?} is not the name of an extension, nor `default`")]
    Extension {
        /// The entry.
        written: String,
    },
}

impl FromStr for NamePattern {
    type Err = PatternError;

    fn from_str(written: &str) -> Result<Self, PatternError> {
        let unreadable = |source| PatternError::Name { written: written.to_owned(), source };
        let parse = |name: &str| name.parse::<RelationName>().map_err(unreadable);
        match written.trim_end().strip_suffix('*').map(str::trim_end).and_then(|rest| rest.strip_suffix('.'))
        {
            Some(schema) => match parse(schema)? {
                RelationName { schema: None, name } => Ok(Self { schema: name, name: None }),
                _ => Err(unreadable(NameError::TooManyParts)),
            },
            None => match parse(written)? {
                RelationName { schema: Some(schema), name } => Ok(Self { schema, name: Some(name) }),
                _ => Err(PatternError::NoSchema { written: written.to_owned() }),
            },
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", quote_identifier(&self.schema))?;
        match &self.name {
            Some(name) => f.write_str(&quote_identifier(name)),
            None => f.write_str("*"),
        }
    }
}

impl Serialize for NamePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for NamePattern {
    fn schema_name() -> Cow<'static, str> {
        "NamePattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "`schema.name` or `schema.*`; double quotes keep upper case." })
    }
}

/// The name of an extension as `create extension` takes it, or `default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ExtensionName(String);

impl FromStr for ExtensionName {
    type Err = PatternError;

    fn from_str(written: &str) -> Result<Self, PatternError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if written.is_empty() || !written.chars().all(is_name) {
            return Err(PatternError::Extension { written: written.to_owned() });
        }
        Ok(Self(written.to_owned()))
    }
}

impl<'de> Deserialize<'de> for ExtensionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pattern(written: &str) -> NamePattern {
        written.parse().unwrap()
    }

    #[test]
    fn a_pattern_is_a_name_with_its_schema_or_all_of_a_schema() {
        assert!(pattern("App.Total").matches("app", "total"));
        assert!(!pattern("app.total").matches("public", "total"));
        assert!(pattern("app.*").matches("app", "anything") && !pattern("app.*").matches("apps", "anything"));
        assert!(pattern(r#""My App"."*""#).matches("My App", "*"));
        assert!(!pattern(r#""My App"."*""#).matches("My App", "x"));
        assert_eq!(pattern(r#""My App".*"#).to_string(), r#""My App".*"#);
    }

    #[test]
    fn what_is_no_pattern_is_said_with_the_entry() {
        for (written, said) in [
            ("total", "\"total\" has no schema"),
            ("*", "\"*\" is not schema.name"),
            ("a.b.c", "\"a.b.c\" is not schema.name"),
            ("a.b.*", "\"a.b.*\" is not schema.name"),
            ("app.total(int)", "\"app.total(int)\" is not schema.name"),
        ] {
            let error = written.parse::<NamePattern>().unwrap_err().to_string();
            assert!(error.contains(said), "{written}: {error}");
        }
        assert!("pg trgm".parse::<ExtensionName>().is_err());
    }

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(HARMLESS_EXTENSIONS.is_sorted() && HARMLESS_FUNCTIONS.is_sorted());
    }

    #[test]
    fn a_list_of_extensions_replaces_the_default_unless_it_names_it() {
        let reach = |listed: &[&str]| Reach {
            allow_extensions: Some(listed.iter().map(|name| name.parse().unwrap()).collect()),
            ..Reach::default()
        };
        assert!(Reach::default().allows_extension("pg_trgm") && !Reach::default().allows_extension("dblink"));
        assert!(!reach(&[]).allows_extension("pg_trgm"));
        assert!(reach(&["h3"]).allows_extension("h3") && !reach(&["h3"]).allows_extension("pg_trgm"));
        assert!(reach(&["default", "h3"]).allows_extension("pg_trgm"));
    }

    #[test]
    fn all_of_a_schema_leaves_out_what_extensions_put_there() {
        let reach =
            Reach { allow_functions: vec![pattern("public.*"), pattern("x.dblink")], ..Reach::default() };
        assert!(reach.allows_function("public", "mine", false));
        assert!(!reach.allows_function("public", "dblink", true));
        assert!(reach.allows_function("x", "dblink", true));
    }
}
