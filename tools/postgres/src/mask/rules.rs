//! Which columns of tables have a mask: by the configuration, or by a label in the database.

use std::collections::{BTreeSet, HashMap};

use pgwright_sql::{ColumnName, RelationName};
use tokio_postgres::types::Type;

use super::label;
use super::setting::Mask;
use crate::errors::DatabaseError;
use crate::resolve::nearest;
use crate::session::{Origin, ReadSession};

/// A mask and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) mask: Mask,
    /// For people: `by the configuration`.
    pub(super) source: &'static str,
}

impl Rule {
    /// For columns that are not shown at all because nothing better is known.
    pub(super) const UNREADABLE: Self =
        Self { mask: Mask::Constant(None), source: "because its view reads a masked column" };
    /// For columns of views that are computed from a masked one.
    pub(super) const MADE: Self =
        Self { mask: Mask::Constant(None), source: "because its view makes it of a masked column" };

    /// The rule of a column that is generated from the one that has this rule. Ends and ranges are only safe of what they were
    /// chosen for: a domain of its own, or the length, may be all of a generated value.
    fn of_what_is_made(self) -> Self {
        match self.mask {
            Mask::Partial | Mask::Bucket(_) => Self { mask: Mask::Constant(None), ..self },
            Mask::Null | Mask::Hash | Mask::Constant(_) => self,
        }
    }
}

/// The masked columns of a database.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) by_column: HashMap<Origin, Rule>,
    /// Tables that nobody reads until the configuration is mended, each with the reason.
    pub(super) closed: HashMap<u32, String>,
    /// What is wrong with the configuration's names.
    pub(super) mistakes: Vec<String>,
}

impl Rules {
    pub(super) fn is_empty(&self) -> bool {
        self.by_column.is_empty() && self.closed.is_empty()
    }

    /// Reads the catalogue for them. A name of the configuration that leads nowhere closes what it may have meant.
    pub(super) async fn read(session: &ReadSession) -> Result<Self, DatabaseError> {
        let columns = &session.database().masking().columns;
        let part = |part: fn(&ColumnName) -> &str| columns.keys().map(part).collect::<Vec<&str>>();
        let rows = session
            .query(
                include_str!("masked_columns.sql"),
                &[
                    (&part(|name| &name.schema), Type::TEXT_ARRAY),
                    (&part(|name| &name.table), Type::TEXT_ARRAY),
                    (&part(|name| &name.column), Type::TEXT_ARRAY),
                ],
            )
            .await?;
        let mut rules = Self::default();
        let mut found = BTreeSet::new();
        for row in &rows {
            let entry: Option<i64> = row.get("entry");
            let at = entry.and_then(|entry| usize::try_from(entry).ok()?.checked_sub(1));
            let rule = match at.and_then(|at| Some((at, columns.values().nth(at)?))) {
                Some((at, mask)) => {
                    found.insert(at);
                    Some(Rule { mask: mask.clone(), source: "by the configuration" })
                }
                None => label::mask(row.get("label"))
                    .map(|mask| Rule { mask, source: "by a label in the database" }),
            };
            let origin = Origin { relation: row.get("relation"), column: row.get("number") };
            let rule = rule.map(|rule| if row.get("generated") { rule.of_what_is_made() } else { rule });
            rules.by_column.extend(rule.map(|rule| (origin, rule)));
        }
        for (_, name) in columns.keys().enumerate().filter(|(at, _)| !found.contains(at)) {
            rules.close(session, name).await?;
        }
        Ok(rules)
    }

    /// A column that was renamed would be shown. So the table is closed, or where the table is not there either, each table
    /// that has such a column without a mask.
    async fn close(&mut self, session: &ReadSession, name: &ColumnName) -> Result<(), DatabaseError> {
        let rows = session
            .query(
                include_str!("missing_columns.sql"),
                &[(&name.schema, Type::TEXT), (&name.table, Type::TEXT), (&name.column, Type::TEXT)],
            )
            .await?;
        for row in &rows {
            let relation: u32 = row.get("relation");
            let table = RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"));
            let reason = if row.get("is_named") {
                let near = nearest(&name.column, row.get::<_, Vec<String>>("columns"), Clone::clone);
                let near = near.first().map(|near| format!("; the nearest is {near}")).unwrap_or_default();
                format!(
                    "the configuration masks {name}, and {table} has no column of that name{near}: it may have been \
                     renamed, so no rows of {table} are read until masking.columns is mended"
                )
            } else {
                format!(
                    "the configuration masks {name}, and there is no such table: {table} has a column of that name and \
                     may be the same table under a new name, so no rows of it are read until masking.columns is mended"
                )
            };
            self.mistakes.push(reason.clone());
            self.closed.entry(relation).or_insert(reason);
        }
        if rows.is_empty() {
            self.mistakes.push(format!("the configuration masks {name}, and there is no such table"));
        }
        Ok(())
    }
}
