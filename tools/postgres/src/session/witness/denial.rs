//! Relations that may not be read: by pgwright's lists, by the configuration's, by their kind.

use std::sync::Arc;

use pgwright_sql::RelationName;
use pgwright_sql::guard::relations;

use super::catalogue::Relation;
use super::out_of_reach::OutOfReach;
use super::survey::WITHOUT;
use crate::reach::Reach;

/// What decides on the relations of one database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Denial<'a> {
    pub(super) database: &'a str,
    pub(super) reach: &'a Reach,
}

impl Denial<'_> {
    /// Refuses a relation that a list denies.
    pub(super) fn by_list(self, relation: &Relation, via: Option<&Arc<str>>) -> Result<(), OutOfReach> {
        let Relation { schema, name, .. } = relation;
        if let Some(denial) = relations::denied(schema, name) {
            return Err(denied(relation, via, denial.holds.to_owned(), denial.instead));
        }
        if let Some(pattern) = self.reach.denies(schema, name) {
            let reason = format!("databases.{}.reach.deny_relations lists {pattern}", self.database);
            return Err(denied(relation, via, reason, WITHOUT));
        }
        // The guard lets statements read the other columns of it, by its name only.
        if via.is_some() && relations::holds_values(schema, name) {
            let reason = "it holds values of rows (most common values, histogram bounds)".to_owned();
            return Err(denied(relation, via, reason, "the table_stats tool, which masks what is sensitive"));
        }
        Ok(())
    }

    /// Refuses a relation that a list denies, or that is of a kind which may not be read.
    pub(super) fn of(self, relation: &Relation, via: Option<&Arc<str>>) -> Result<(), OutOfReach> {
        self.by_list(relation, via)?;
        match relation.kind.as_str() {
            "f" if !self.reach.allows_foreign(&relation.schema, &relation.name) => {
                let reason = "it is a foreign table: reading it opens a connection or a file elsewhere";
                let entry = shown(relation);
                Err(OutOfReach {
                    rule: "foreign_table",
                    setting: Some(format!("databases.{}.reach.allow_relations: [{entry:?}]", self.database)),
                    ..denied(relation, via, reason.to_owned(), WITHOUT)
                })
            }
            "t" => {
                let reason =
                    "it holds the long values of another table, past that table's policies and masks";
                Err(denied(relation, via, reason.to_owned(), "the table itself"))
            }
            _ => Ok(()),
        }
    }
}

fn denied(relation: &Relation, via: Option<&Arc<str>>, reason: String, instead: &'static str) -> OutOfReach {
    OutOfReach {
        rule: "relation_denied",
        object: format!("relation {}", shown(relation)),
        reason,
        via: via.cloned(),
        setting: None,
        instead,
    }
}

pub(super) fn shown(relation: &Relation) -> String {
    RelationName::qualified(relation.schema.as_str(), relation.name.as_str()).to_string()
}
