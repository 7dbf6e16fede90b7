//! What the catalogue knows about the tables of a plan: a plain value that a caller with a database fills.
//!
//! Every part is optional. Without facts the rules go by what the plan alone shows.

use std::collections::BTreeMap;

use pgwright_sql::quote_identifier;

use crate::model::{Node, Plan};

/// Facts about the tables, functions and settings behind a plan.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct Facts {
    /// The tables of the plan, as far as known.
    pub relations: Vec<Relation>,
    /// Functions outside `pg_catalog` whose names stand in the plan or the statement.
    pub functions: Vec<Function>,
    /// Foreign keys that refer to the tables which the statement writes, or are on them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Settings of the session by name, as `current_setting` prints them.
    pub settings: BTreeMap<String, String>,
    /// The statement that was planned.
    pub statement: Option<String>,
}

/// One table.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct Relation {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows by the planner's count (`reltuples`; leave out −1).
    pub rows: Option<f64>,
    /// Pages of 8 kB (`relpages`).
    pub pages: Option<f64>,
    /// Rows changed since the statistics were taken (`n_mod_since_analyze`).
    pub modified_rows: Option<f64>,
    /// Dead rows that vacuum has not removed (`n_dead_tup`).
    pub dead_rows: Option<f64>,
    /// Average width of a row by the statistics of all its columns; absent where a column has none.
    pub row_bytes: Option<f64>,
    /// Whether statistics of any column exist.
    pub analyzed: Option<bool>,
    /// The columns that each object of extended statistics covers; absent where it is not known.
    pub extended_statistics: Option<Vec<Vec<String>>>,
    /// Columns with their types.
    pub columns: Vec<Column>,
    /// Valid indexes.
    pub indexes: Vec<Index>,
}

/// One column.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type, as `format_type` prints it.
    pub type_name: String,
    /// Whether its texts are ordered by their bytes (collation C), so that a plain index finds a prefix.
    pub c_collation: bool,
}

/// One index.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct Index {
    /// Name.
    pub name: String,
    /// Access method: `btree`, `gin`; empty where it is not known.
    pub method: String,
    /// Whether its first key has an operator class of its own choice, such as `text_pattern_ops`.
    pub special_class: bool,
    /// Key columns in order; an expression is its text.
    pub keys: Vec<String>,
    /// Condition of a partial index.
    pub predicate: Option<String>,
}

/// One function.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct Function {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Language: `sql`, `plpgsql`, `c`.
    pub language: String,
    /// What it promises of its result.
    pub volatility: Volatility,
    /// Whether it keeps a statement that calls it from using workers.
    pub parallel_unsafe: bool,
}

/// What a function promises of its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Volatility {
    /// The same for the same arguments, always.
    Immutable,
    /// The same for the same arguments within a statement.
    Stable,
    /// Nothing: called anew for each row.
    #[default]
    Volatile,
}

impl std::fmt::Display for Volatility {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Immutable => "immutable",
            Self::Stable => "stable",
            Self::Volatile => "volatile",
        })
    }
}

/// One foreign key.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default))]
pub struct ForeignKey {
    /// Name of the constraint.
    pub name: String,
    /// Schema of the table that refers.
    pub schema: String,
    /// The table that refers.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub referenced: String,
    /// Whether a complete index leads with the referring columns.
    pub indexed: bool,
}

impl ForeignKey {
    /// The index that the referring side lacks.
    pub(crate) fn ddl(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quote_identifier(column)).collect();
        let table = quote_identifier(&self.table);
        let table = match self.schema.as_str() {
            "" | "public" => table,
            schema => format!("{}.{table}", quote_identifier(schema)),
        };
        format!("create index concurrently on {table} ({})", columns.join(", "))
    }
}

impl Facts {
    /// A function that somebody made, by its name as a plan prints it.
    pub(crate) fn function(&self, printed: &str) -> Option<&Function> {
        let (schema, name) = match printed.rsplit_once('.') {
            Some((schema, name)) => (Some(schema.trim_matches('"')), name),
            None => (None, printed),
        };
        let name = name.trim_matches('"');
        self.functions
            .iter()
            .find(|function| function.name == name && schema.is_none_or(|schema| function.schema == schema))
    }

    /// A setting, from the plan where it is printed, else of the session.
    pub(crate) fn setting<'a>(&'a self, plan: &'a Plan, name: &str) -> Option<&'a str> {
        plan.setting(name).or_else(|| self.settings.get(name).map(String::as_str))
    }

    /// The table that a node scans, if it is known; by name alone where the plan does not say the schema.
    pub fn relation(&self, node: &Node) -> Option<&Relation> {
        let name = node.relation()?;
        let mut found = self.relations.iter().filter(|relation| {
            relation.name == name && node.schema().is_none_or(|schema| relation.schema == schema)
        });
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }
}

impl Relation {
    /// The type of a column.
    pub fn type_of(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.type_name.as_str())
    }

    /// The index of this name.
    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// A complete index whose first keys are these columns, in any order.
    pub fn index_on(&self, columns: &[String]) -> Option<&Index> {
        let led = |index: &&Index| {
            index.keys.len() >= columns.len()
                && index.keys[..columns.len()].iter().all(|key| columns.contains(key))
        };
        self.indexes
            .iter()
            .filter(|index| index.predicate.is_none())
            .find(led)
            .filter(|_| !columns.is_empty())
    }
}
