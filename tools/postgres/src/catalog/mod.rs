//! The catalogue as plain values: tables with their columns, statistics, indexes and foreign keys.
//!
//! Reads catalogue and statistics only, never a user's table. What a role may not see is absent, not an error.

mod read;

use pgwright_sql::RelationName;

/// What kind of relation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table; its rows are in its partitions.
    Partitioned,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    Foreign,
}

impl RelationKind {
    /// The kind that a `relkind` of the catalogue stands for.
    pub fn from_letter(letter: &str) -> Self {
        match letter {
            "p" => Self::Partitioned,
            "v" => Self::View,
            "m" => Self::MaterializedView,
            "f" => Self::Foreign,
            _ => Self::Table,
        }
    }
}

/// One relation.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its OID.
    pub oid: u32,
    /// Its name with its schema.
    pub name: RelationName,
    /// What kind it is.
    pub kind: RelationKind,
    /// Rows by the last VACUUM or ANALYZE, scaled to today's size as the planner does; `None` when never analysed.
    pub estimated_rows: Option<f64>,
    /// Size of the main fork in 8 KiB pages, today.
    pub pages: i64,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: Option<i64>,
    /// When it was last analysed, by hand or automatically (ISO 8601, UTC).
    pub last_analyze: Option<String>,
    /// Whether row-level security is enabled on it.
    pub row_security: bool,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// Indexes, valid or not.
    pub indexes: Vec<Index>,
    /// Foreign keys that it holds.
    pub foreign_keys: Vec<ForeignKey>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its number (`attnum`).
    pub number: i16,
    /// Its type as SQL writes it, e.g. `numeric(12,2)`.
    pub type_name: String,
    /// The base type's name in `pg_type`, domains resolved, e.g. `numeric`.
    pub base_type: String,
    /// One letter class of the base type (`pg_type.typcategory`): N numeric, S string, D date, B boolean, …
    pub category: char,
    /// Whether it is declared NOT NULL.
    pub not_null: bool,
    /// Whether its collation orders byte by byte (`C`); true for types without collation.
    pub c_collation: bool,
    /// Whether a B-tree can hold it.
    pub orderable: bool,
    /// Whether its value is generated from others.
    pub generated: bool,
    /// Whether it has a default or is an identity column.
    pub has_default: bool,
    /// The comment on it.
    pub comment: Option<String>,
    /// What ANALYZE found; `None` when never analysed or not readable.
    pub statistics: Option<ColumnStatistics>,
}

/// What `pg_stats` says of a column.
#[derive(Debug, Clone, Default)]
pub struct ColumnStatistics {
    /// Share of rows that are NULL, 0 to 1.
    pub null_ratio: f64,
    /// Average width in bytes.
    pub average_width_bytes: i32,
    /// Distinct values; negative: minus the ratio to the number of rows.
    pub distinct: f64,
    /// Order on disk against the order of values, -1 to 1.
    pub correlation: Option<f64>,
    /// Most common values as text, with their share of all rows.
    pub most_common: Vec<(String, f64)>,
    /// Histogram bounds as text, over the rest.
    pub histogram: Vec<String>,
}

impl ColumnStatistics {
    /// The number of distinct values in a table of `rows` rows.
    pub fn distinct_values(&self, rows: f64) -> f64 {
        let distinct = if self.distinct < 0.0 { -self.distinct * rows } else { self.distinct };
        distinct.max(1.0)
    }
}

/// One index.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its OID.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its access method, e.g. `btree`.
    pub method: String,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// Whether it is the primary key's.
    pub primary: bool,
    /// Whether the planner may use it.
    pub valid: bool,
    /// Whether a constraint owns it.
    pub constraint: bool,
    /// Whether something else rests on it, so that it cannot be dropped by itself: a constraint, a foreign key that
    /// points to it, the replica identity, the index of a partitioned table that it is part of; or that it could not be made
    /// again, since its definition holds values that nobody is shown.
    pub pinned: bool,
    /// Key parts in order.
    pub keys: Vec<IndexKey>,
    /// Columns that are only stored (`INCLUDE`).
    pub included: Vec<String>,
    /// Its predicate, if partial.
    pub predicate: Option<String>,
    /// Its definition as SQL.
    pub definition: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// Scans since the statistics were reset.
    pub scans: i64,
}

/// One part of an index key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey {
    /// The column, or the expression as SQL.
    pub part: KeyPart,
    /// Whether it is stored in descending order.
    pub descending: bool,
    /// Whether NULLs come first.
    pub nulls_first: bool,
    /// Whether it uses the type's default operator class and the column's own collation.
    pub default_class: bool,
}

/// What an index key part is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// A plain column.
    Column(String),
    /// An expression, as SQL.
    Expression(String),
}

impl Index {
    /// The leading plain columns of the key, up to the first expression.
    pub fn leading_columns(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map_while(|key| match &key.part {
            KeyPart::Column(column) => Some(column.as_str()),
            KeyPart::Expression(_) => None,
        })
    }
}

/// One foreign key.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Columns on this side, in the key's order.
    pub columns: Vec<String>,
    /// The table it points to.
    pub referenced: RelationName,
    /// Columns on the other side.
    pub referenced_columns: Vec<String>,
    /// Whether all rows were checked.
    pub validated: bool,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the primary key, in key order; empty without one.
    pub fn primary_key(&self) -> Vec<&str> {
        self.indexes
            .iter()
            .find(|index| index.primary)
            .map(|index| index.leading_columns().collect())
            .unwrap_or_default()
    }
}
