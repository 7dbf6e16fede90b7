//! A snapshot: everything of a database that its planner looks at, and none of its rows but what statistics hold.
//!
//! One JSON document, so that it can be kept, sent and used where the database is out of reach.

use std::collections::BTreeMap;

use pgwright_sql::{RelationName, hexadecimal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format that this version writes, and the only one it reads.
pub const FORMAT: u32 = 1;

/// What was read of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The format's number.
    pub format: u32,
    /// `server_version_num` of the server.
    pub server_version: u32,
    /// When, in ISO 8601 and UTC.
    pub captured_at: String,
    /// Encoding and collation of the database.
    pub locale: Locale,
    /// Settings that the planner looks at, by name.
    pub settings: BTreeMap<String, String>,
    /// Extensions that are installed.
    pub extensions: Vec<Extension>,
    /// What tables are made of, in an order in which it can be made: types, collations, functions.
    pub definitions: Vec<Definition>,
    /// The schemas that these are in.
    pub objects: Vec<String>,
    /// Tables, partitions, views, materialized views; parents before children.
    pub relations: Vec<Relation>,
    /// Extended statistics.
    pub extended: Vec<ExtendedStatistics>,
    /// What could not be read, and what that means.
    pub notes: Vec<String>,
}

/// How the database writes and orders text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locale {
    /// The encoding's name.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// `c`, `i` or `b` (15 and newer).
    pub provider: String,
    /// The locale of an ICU or built-in provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_locale: Option<String>,
}

/// An installed extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The schema that it was put into.
    pub schema: String,
}

/// A statement that makes one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What it makes, for messages.
    pub name: String,
    /// The statement.
    pub sql: String,
}

/// One relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Its OID where it was captured.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `relkind`.
    pub kind: char,
    /// How large it is.
    pub figures: Figures,
    /// Storage parameters, as `name=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What follows `partition by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<String>,
    /// `for values …` or `default`, of a partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_bound: Option<String>,
    /// Tables that it inherits from or is a partition of, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Parent>,
    /// A view's query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Columns, in order.
    pub columns: Vec<Column>,
    /// Constraints that the planner knows of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// Indexes, those of constraints too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// What ANALYZE found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistics>,
    /// What was written.
    #[serde(default)]
    pub writes: Writes,
}

/// Rows that were written since the statistics were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// Inserted.
    pub inserted: u64,
    /// Updated.
    pub updated: u64,
    /// Of the updated, those of which no index took notice.
    pub hot: u64,
    /// Deleted.
    pub deleted: u64,
}

/// A parent of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

/// Sizes as `pg_class` and the file system have them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Blocks of the main fork, today; the planner goes by this.
    pub blocks: u64,
    /// `relpages`.
    pub relpages: i32,
    /// `reltuples`.
    pub reltuples: f32,
    /// `relallvisible`.
    pub relallvisible: i32,
}

impl Figures {
    /// Rows as the planner scales them to the size of today. 13 writes 0 where nothing is known, newer ones -1.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn rows(&self) -> f64 {
        let tuples = f64::from(self.reltuples.max(0.0));
        if self.relpages > 0 && self.blocks > 0 {
            tuples / f64::from(self.relpages) * self.blocks as f64
        } else {
            tuples
        }
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its number where it was captured.
    pub number: i16,
    /// Its type, qualified.
    pub type_name: String,
    /// Its collation, where that is not its type's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Whether it is declared NOT NULL.
    pub not_null: bool,
    /// Whether only parents declare it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inherited: bool,
    /// The expression of a virtual generated column (18), which queries are rewritten with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_expression: Option<String>,
    /// The least and the greatest value, where an index gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<(String, String)>,
    /// Whether its values are left out, because it is masked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

/// One constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Its name.
    pub name: String,
    /// `contype`.
    pub kind: char,
    /// Its definition, without the name.
    pub definition: String,
    /// Whether all rows were checked.
    pub validated: bool,
    /// The table that a foreign key points to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced: Option<u32>,
    /// Its columns, and those that a foreign key's point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String)>,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its OID where it was captured.
    pub oid: u32,
    /// Its name, in the schema of its table.
    pub name: String,
    /// Its access method.
    pub method: String,
    /// Its definition.
    pub definition: String,
    /// Whether a constraint makes it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub constraint: bool,
    /// The index of the partitioned table that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// How large it is.
    pub figures: Figures,
    /// Scans since the statistics were reset.
    pub scans: i64,
    /// What ANALYZE found in its expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistics>,
}

/// A row of `pg_statistic`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The column, or the number of an index's part.
    pub column: String,
    /// Whether children count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inherited: bool,
    /// Share of rows that are NULL.
    pub null_ratio: f32,
    /// Average width in bytes.
    pub width_bytes: i32,
    /// Distinct values; negative: minus the ratio to the rows.
    pub distinct: f32,
    /// What more is known, by kind.
    pub slots: Vec<Slot>,
}

/// A slot of `pg_statistic`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// `stakind`.
    pub kind: i16,
    /// `stanumbers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Vec<f32>>,
    /// `stavalues`, as an array's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
}

/// An object of CREATE STATISTICS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendedStatistics {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The table, by the OID where it was captured.
    pub relation: u32,
    /// Its definition.
    pub definition: String,
    /// What ANALYZE found, each kind as PostgreSQL's own bytes in hexadecimal.
    pub data: Vec<ExtendedData>,
}

/// What ANALYZE found for extended statistics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendedData {
    /// Whether children count.
    pub inherited: bool,
    /// `stxdndistinct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<String>,
    /// `stxddependencies`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<String>,
    /// `stxdmcv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common: Option<String>,
    /// What it found of each expression, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<Statistics>,
}

/// A text that is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not the JSON of one.
    #[error("the snapshot cannot be read: {0}; write it again with `pgwright snapshot`")]
    Unreadable(#[from] serde_json::Error),
    /// Another version of pgwright wrote it.
    #[error(
        "the snapshot has format {found}, and this version reads {FORMAT}; write it again with `pgwright snapshot`"
    )]
    Format {
        /// The format that it names.
        found: u32,
    },
}

impl Snapshot {
    /// Reads what [`to_json`](Self::to_json) wrote.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        let Header { format } = serde_json::from_str(text)?;
        if format != FORMAT {
            return Err(SnapshotError::Format { found: format });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Writes it.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(self)?)
    }

    /// The major version of the server.
    pub fn major(&self) -> u16 {
        u16::try_from(self.server_version / 10_000).unwrap_or_default()
    }

    /// What two snapshots share whose planner answers alike.
    pub fn fingerprint(&self) -> String {
        let mut plain = self.clone();
        plain.captured_at.clear();
        plain.relations.iter_mut().for_each(|relation| relation.writes = Writes::default());
        for index in plain.relations.iter_mut().flat_map(|relation| &mut relation.indexes) {
            index.scans = 0;
        }
        let text = serde_json::to_vec(&plain).unwrap_or_default();
        hexadecimal(&Sha256::digest(text)[..16])
    }

    /// The relation that had this OID.
    pub fn relation(&self, oid: u32) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.oid == oid)
    }

    /// The relation of that name; without a schema the first of that name.
    pub fn named(&self, name: &RelationName) -> Option<&Relation> {
        self.relations.iter().find(|relation| {
            relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == relation.schema)
        })
    }

    /// Leaves out what statistics hold of the values of sensitive columns; shares and counts stay.
    pub fn without_sensitive_values(mut self) -> Self {
        for relation in &mut self.relations {
            let sensitive: Vec<&str> = relation
                .columns
                .iter()
                .filter(|column| column.sensitive)
                .map(|column| column.name.as_str())
                .collect();
            if sensitive.is_empty() {
                continue;
            }
            for statistics in &mut relation.statistics {
                if sensitive.contains(&statistics.column.as_str()) {
                    statistics.slots.retain(|slot| slot.values.is_none());
                }
            }
            // An expression may be over any column.
            for statistics in relation.indexes.iter_mut().flat_map(|index| &mut index.statistics) {
                statistics.slots.retain(|slot| slot.values.is_none());
            }
            let oid = relation.oid;
            for extended in self.extended.iter_mut().filter(|extended| extended.relation == oid) {
                for data in &mut extended.data {
                    data.common = None;
                    let slots = data.expressions.iter_mut().map(|statistics| &mut statistics.slots);
                    slots.for_each(|slots| slots.retain(|slot| slot.values.is_none()));
                }
            }
        }
        self
    }
}

impl Relation {
    /// Its name with its schema.
    pub fn qualified(&self) -> RelationName {
        RelationName::qualified(&self.schema, &self.name)
    }

    /// What ANALYZE found in a column: in the table's own rows, or with its children's where that is all there is.
    pub fn statistics_of(&self, column: &str) -> Option<&Statistics> {
        let of_column = || self.statistics.iter().filter(|statistics| statistics.column == column);
        of_column().find(|statistics| !statistics.inherited).or_else(|| of_column().next())
    }

    /// Whether it has a file of rows.
    pub fn has_rows(&self) -> bool {
        matches!(self.kind, 'r' | 'm' | 'f')
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}
