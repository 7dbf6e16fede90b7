//! Masks by column, for what is shown of tables without a statement of a caller: statistics, samples of rows.

use pgwright_sql::usage::Relation;
use serde_json::Value;

use super::definition;
use super::detect;
use super::rules::{Rule, Rules};
use super::shape::{self, Shown};
use super::trace::Trace;
use crate::errors::DatabaseError;
use crate::session::{Origin, ReadSession};

/// The masks of some tables and views.
#[derive(Debug, Default)]
pub struct Masked {
    trace: Option<Trace>,
    detects: bool,
}

impl ReadSession {
    /// The masks of these tables and views.
    pub async fn masked(&self, oids: &[u32]) -> Result<Masked, DatabaseError> {
        let rules = Rules::read(self).await?;
        let trace = Trace::read(self, rules, &[], oids).await?;
        Ok(Masked { trace, detects: self.database().masking().detect })
    }

    /// What is wrong with the names that the configuration masks: each leads nowhere, and closes what it may have meant.
    pub(crate) async fn masking_mistakes(&self) -> Result<Vec<String>, DatabaseError> {
        Ok(Rules::read(self).await?.mistakes)
    }
}

impl Masked {
    /// Whether a column has a mask. Says nothing of what detection would find in its values.
    pub fn has(&self, table: u32, column: i16) -> bool {
        self.rule(table, column).is_some()
    }

    /// Why no rows of a table or view are shown at all, where that is so.
    pub fn refused(&self, table: u32) -> Option<&str> {
        self.trace.as_ref()?.refused.get(&table).map(String::as_str)
    }

    /// What a value of a column looks like to the outside.
    pub fn value(&self, table: u32, column: i16, name: &str, value: Value) -> Value {
        match self.rule(table, column) {
            Some(rule) => shape::masked(&rule.mask, value),
            None if self.detects => match shape::detected(&value, detect::Column::new(name)) {
                Shown::Changed(shown, _) => shown,
                Shown::AsItIs => value,
            },
            None => value,
        }
    }

    /// The same for a value that is written as text; `None` is NULL.
    pub fn text(&self, table: u32, column: i16, name: &str, text: &str) -> Option<String> {
        match self.value(table, column, name, Value::String(text.to_owned())) {
            Value::Null => None,
            Value::String(shown) => Some(shown),
            other => Some(other.to_string()),
        }
    }

    /// What a part of the table's definition (a check, an index, the query of a view) looks like to the outside: where it is
    /// about a masked column, `hidden` stands for its literals.
    pub fn definition(&self, table: u32, text: String, hidden: &str) -> String {
        if self.refused(table).is_some() || definition::names(&text, |name| self.is_of_masked(name)) {
            definition::without_literals(&text, hidden)
        } else {
            text
        }
    }

    /// The same of a column's default, which is a value of that column.
    pub fn default(&self, table: u32, column: &str, text: String) -> String {
        if self.is_of_masked(column) {
            definition::without_literals(&text, definition::HIDDEN)
        } else {
            self.definition(table, text, definition::HIDDEN)
        }
    }

    /// The bounds of a partition, which name no column; `key` is what the table is partitioned by, where that is known.
    pub fn bounds(&self, table: u32, key: Option<&str>, text: String) -> String {
        let is_masked = match key {
            Some(key) => {
                self.refused(table).is_some() || definition::names(key, |name| self.is_of_masked(name))
            }
            None => self.trace.as_ref().is_some_and(|trace| {
                trace.refused.contains_key(&table)
                    || trace.by_column.keys().any(|origin| origin.relation == table)
            }),
        };
        if is_masked { definition::without_literals(&text, definition::HIDDEN) } else { text }
    }

    fn is_of_masked(&self, name: &str) -> bool {
        let columns =
            self.trace.iter().flat_map(|trace| trace.relations.values()).flat_map(
                |relation| match relation {
                    Relation::Columns(columns) => columns.as_slice(),
                    Relation::Refused(_) => &[],
                },
            );
        columns.into_iter().any(|column| column.mark.is_some() && column.name.as_deref() == Some(name))
    }

    fn rule(&self, table: u32, column: i16) -> Option<&Rule> {
        let trace = self.trace.as_ref()?;
        if trace.refused.contains_key(&table) {
            return Some(&Rule::UNREADABLE);
        }
        let mark = trace.by_column.get(&Origin { relation: table, column })?;
        trace.rules.get(*mark)
    }
}
