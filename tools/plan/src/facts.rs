//! What the catalogue knows about the tables of a plan: a plain value that a caller with a database fills.
//!
//! Every part is optional. Without facts the rules go by what the plan alone shows.

use std::collections::BTreeMap;

use crate::model::Node;

/// Facts about the tables and settings behind a plan.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The tables of the plan, as far as known.
    pub relations: Vec<Relation>,
    /// Settings of the session by name, as `current_setting` prints them.
    pub settings: BTreeMap<String, String>,
}

/// One table.
#[derive(Clone, Debug, Default)]
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
    /// Columns with their types.
    pub columns: Vec<Column>,
    /// Valid indexes.
    pub indexes: Vec<Index>,
}

/// One column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type, as `format_type` prints it.
    pub type_name: String,
}

/// One index.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Name.
    pub name: String,
    /// Key columns in order; an expression is its text.
    pub keys: Vec<String>,
    /// Condition of a partial index.
    pub predicate: Option<String>,
}

impl Facts {
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
