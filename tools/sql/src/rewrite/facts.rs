//! What a catalogue proved, as plain values: the preconditions of the rules are looked up here and nowhere else.
//!
//! Whatever is not in here is unknown, and what is unknown is never assumed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{FunctionName, RelationName};

/// Everything that the rules may rest on.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Tables by the names that the statement calls them. Views, foreign tables and parents of inheritance are left out.
    pub relations: BTreeMap<RelationName, Relation>,
    /// Functions by the names that the statement calls them.
    pub functions: BTreeMap<FunctionName, Function>,
    /// Days (ISO 8601) at whose local midnight, and for hours around it, the session's clock is not turned.
    pub plain_midnights: BTreeSet<String>,
}

/// One table, partitioned or not.
#[derive(Debug, Clone, Default)]
pub struct Relation {
    /// Its OID: two names may mean one table.
    pub oid: u32,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Sets of columns that no two rows share: whole, valid, immediate, by the default equality of their types.
    pub unique_keys: Vec<Vec<String>>,
    /// Foreign keys that it holds and that every row meets.
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether row-level security may hide rows.
    pub row_security: bool,
}

/// One column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name of its type in `pg_type`; a domain's own name.
    pub type_name: String,
    /// Whether every row has a value.
    pub not_null: bool,
    /// Whether equal values are the same bytes: no nondeterministic collation.
    pub deterministic: bool,
}

/// A foreign key without exceptions: validated, enforced, not deferrable, its triggers enabled.
#[derive(Debug, Clone, Default)]
pub struct ForeignKey {
    /// Columns on this side.
    pub columns: Vec<String>,
    /// The table that it points to.
    pub referenced: u32,
    /// Columns on that side, in the same order.
    pub referenced_columns: Vec<String>,
}

/// Everything of one name, by the worst of its overloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// May give something else each time.
    pub volatile: bool,
    /// Gives the same for the same arguments, always.
    pub immutable: bool,
    /// An aggregate, a window function or set-returning: not one value a row.
    pub unusual: bool,
    /// Comes with PostgreSQL.
    pub built_in: bool,
}

impl Relation {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// A key that has a value in every row and lies within these columns.
    pub(super) fn key_within(&self, columns: &BTreeSet<&str>) -> Option<&[String]> {
        let holds = |name: &String| {
            columns.contains(name.as_str()) && self.column(name).is_some_and(|column| column.not_null)
        };
        self.unique_keys.iter().find(|key| !key.is_empty() && key.iter().all(holds)).map(Vec::as_slice)
    }

    /// A key within these columns that is no key in truth, because a column of it may be null.
    pub(super) fn nullable_key_within(&self, columns: &BTreeSet<&str>) -> Option<&str> {
        let key = self
            .unique_keys
            .iter()
            .find(|key| !key.is_empty() && key.iter().all(|name| columns.contains(name.as_str())))?;
        let null = |name: &&String| self.column(name).is_some_and(|column| !column.not_null);
        key.iter().find(null).map(String::as_str)
    }
}
