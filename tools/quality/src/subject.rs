//! The table under check and the parents its checks point to: what the catalogue knows, and how far it can be believed.

use std::collections::HashMap;
use std::sync::Arc;

use pgwright_postgres::catalog::{RelationKind, Table};
use pgwright_postgres::{DatabaseError, Masked, ReadSession, Type};
use pgwright_sql::RelationName;

use crate::checks::{CheckSpec, Fault};

/// How far the constraints of a relation can be believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guarantees {
    /// Whether they cover every row that a query of it reads.
    pub(crate) sound: bool,
    /// Columns whose NOT NULL was never validated.
    pub(crate) unvalidated: Vec<String>,
    /// Whether row security hides rows from this session's role.
    pub(crate) row_security: bool,
}

/// A table that a foreign key points to.
#[derive(Debug, Clone)]
pub struct Parent {
    pub(crate) table: Table,
    pub(crate) guarantees: Guarantees,
}

/// The table under check.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What the catalogue knows of it.
    pub table: Table,
    pub(crate) guarantees: Guarantees,
    /// By the name that the check gave, or why it was not found.
    parents: HashMap<RelationName, Result<Parent, String>>,
    pub(crate) masked: Arc<Masked>,
    /// Whether the checks were made up by the caller, and not by who owns the data.
    improvised: bool,
}

impl Subject {
    /// The same for checks that the caller made up.
    #[must_use]
    pub fn improvised(mut self) -> Self {
        self.improvised = true;
        self
    }

    /// Why a check must not be run, where it is a question about values that nobody is shown.
    pub(crate) fn guessing(&self, spec: &CheckSpec) -> Option<Fault> {
        let window =
            spec.extent.watermark.iter().any(|window| self.has_masked(&self.table, [window.column()]));
        let is_guess = self.improvised && (window || (spec.rule.steers() && self.hides(spec)));
        is_guess.then(|| Fault::Refused {
            code: "masked_column".to_owned(),
            message: format!("{} compares a masked column with what the caller chooses", spec.kind),
            hint: Some("put the check into a file under the configured directories".to_owned()),
        })
    }

    /// Whether the checks were made up by the caller.
    pub(crate) fn is_improvised(&self) -> bool {
        self.improvised
    }

    /// Whether a check reads a column whose values are not shown.
    pub(crate) fn hides(&self, spec: &CheckSpec) -> bool {
        let parent = spec.rule.parent().and_then(|name| self.parents.get(name)?.as_ref().ok());
        self.has_masked(&self.table, spec.columns())
            || parent.is_some_and(|parent| self.has_masked(&parent.table, spec.rule.parent_columns()))
    }

    fn has_masked<'a>(&self, table: &Table, names: impl IntoIterator<Item = &'a str>) -> bool {
        let mut columns = names.into_iter().filter_map(|name| table.column(name));
        columns.any(|column| self.masked.has(table.oid, column.number))
    }

    /// Whether the rows that fail a check may be shown, their masked values hidden: which rows are equal is a secret of a
    /// masked column's too, and so is what is computed from it.
    pub(crate) fn may_sample(&self, spec: &CheckSpec, is_computed: bool) -> bool {
        match spec.standard {
            "unique" | "unique_normalized" => !self.hides(spec),
            "duplicate_rows" => {
                !self.has_masked(&self.table, self.table.columns.iter().map(|column| column.name.as_str()))
            }
            _ => !(is_computed && self.hides(spec)),
        }
    }

    /// Reads the table and the parents that its checks point to.
    pub async fn read(
        session: &ReadSession,
        name: &RelationName,
        checks: &[CheckSpec],
    ) -> Result<Self, DatabaseError> {
        let table = session.table(name).await?;
        let mut parents = HashMap::new();
        for parent in checks.iter().filter_map(|check| check.rule.parent()) {
            if !parents.contains_key(parent) {
                let known = match session.table(parent).await {
                    Ok(table) => Ok(Parent { guarantees: guarantees(session, table.oid).await?, table }),
                    Err(DatabaseError::Resolve(error)) => {
                        Err(error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}")))
                    }
                    Err(other) => return Err(other),
                };
                parents.insert(parent.clone(), known);
            }
        }
        let known = parents.values().flatten().map(|parent: &Parent| parent.table.oid);
        let oids: Vec<u32> = known.chain([table.oid]).collect();
        let masked = Arc::new(session.masked(&oids).await?);
        Ok(Self {
            guarantees: guarantees(session, table.oid).await?,
            table,
            parents,
            masked,
            improvised: false,
        })
    }

    /// The same checks on another table with these columns, whose constraints prove nothing: a pipeline's staging table.
    #[must_use]
    pub fn staged(mut self, name: RelationName) -> Self {
        self.table.name = name;
        self.table.kind = RelationKind::Table;
        self.table.indexes.clear();
        self.table.foreign_keys.clear();
        self.table.row_security = false;
        self.guarantees = Guarantees::default();
        self
    }

    pub(crate) fn parent(&self, name: &RelationName) -> Result<&Parent, Fault> {
        match self.parents.get(name) {
            Some(Ok(parent)) => Ok(parent),
            Some(Err(reason)) => Err(Fault::Parent(reason.clone())),
            None => Err(Fault::Parent(format!("{name} was not looked up"))),
        }
    }
}

async fn guarantees(session: &ReadSession, oid: u32) -> Result<Guarantees, DatabaseError> {
    let rows = session.query(include_str!("guarantees.sql"), &[(&vec![oid], Type::OID_ARRAY)]).await?;
    Ok(rows
        .first()
        .map(|row| Guarantees {
            sound: row.get("sound"),
            unvalidated: row.get("unvalidated"),
            row_security: row.get("row_security"),
        })
        .unwrap_or_default())
}

#[cfg(test)]
impl Subject {
    /// A table made by hand.
    pub(crate) fn of(table: Table, sound: bool, parents: Vec<Parent>) -> Self {
        let guarantees = Guarantees { sound, ..Guarantees::default() };
        let parents = parents.into_iter().map(|parent| (parent.table.name.clone(), Ok(parent))).collect();
        Self { table, guarantees, parents, masked: Arc::default(), improvised: false }
    }
}
