//! `references`: rows whose value no row of the parent table has. A row with a NULL in any of the
//! columns passes, as SQL's MATCH SIMPLE says.
//!
//! Where the catalogue proves the parent's columns unique, and they have the types of the child's, the parent is joined
//! into the shared scan; elsewhere the join could repeat rows (two numerics can equal one float8), so the check counts by
//! itself with NOT EXISTS. Proven without a scan by a validated foreign key. A parent whose rows may be hidden by row
//! security makes a failure unknown.

use pgwright_postgres::types::quote_relation;
use pgwright_sql::{RelationName, quote_identifier};

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, column_list};
use crate::subject::Subject;
use crate::{proof, statement};

pub(super) const TYPE: CheckType = super::counting(
    "references",
    "Foreign keys",
    &["foreign_key"],
    &["column", "columns", "references"],
    read,
);

#[derive(Debug)]
struct References {
    columns: Vec<String>,
    parent: RelationName,
    parent_columns: Vec<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    const EXAMPLE: &str = "shop.customers(id)";
    let written = check.text("references").ok_or_else(|| Mistake::missing("references", EXAMPLE))?;
    let unreadable = |reason: String| {
        Mistake::at("references", format!("references is not readable: {reason}"))
            .hint(format!("write {EXAMPLE}"))
    };
    let (table, list) = written
        .trim()
        .strip_suffix(')')
        .and_then(|written| written.split_once('('))
        .ok_or_else(|| unreadable("the parent's column is missing".to_owned()))?;
    let parent = table.parse().map_err(|error: pgwright_sql::NameError| unreadable(error.to_string()))?;
    let parent_columns = column_list(list).map_err(|reason| unreadable(reason.to_owned()))?;
    let columns = check.some_columns()?;
    if columns.len() != parent_columns.len() {
        return Err(Mistake::at(
            "references",
            format!("{} columns cannot reference {}", columns.len(), parent_columns.len()),
        ));
    }
    Ok(Box::new(References { columns, parent, parent_columns }))
}

impl References {
    fn pairs(&self, alias: &str) -> String {
        self.parent_columns
            .iter()
            .zip(&self.columns)
            .map(|(parent, child)| {
                format!("{alias}.{} = {}", quote_identifier(parent), statement::column(child))
            })
            .collect::<Vec<_>>()
            .join(" and ")
    }
}

impl Rule for References {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn parent(&self) -> Option<&RelationName> {
        Some(&self.parent)
    }

    fn parent_columns(&self) -> Vec<&str> {
        self.parent_columns.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let parent = ground.subject.parent(&self.parent)?;
        let mut same_types = true;
        for (child, of_parent) in self.columns.iter().zip(&self.parent_columns) {
            let child = ground.column(child)?;
            let known = parent.table.column(of_parent);
            let of_parent = known.ok_or_else(|| Fault::unknown_column(&parent.table, of_parent))?;
            same_types &= same_equality(&child.base_type, &of_parent.base_type);
        }
        let doubt = parent
            .guarantees
            .row_security
            .then(|| format!("row security may hide rows of {} from pgwright's role", parent.table.name));
        let present: Vec<String> =
            self.columns.iter().map(|column| format!("{} is not null", statement::column(column))).collect();
        let present = present.join(" and ");
        let alias = &ground.alias;
        let relation = format!("{} as {alias}", quote_relation(&parent.table.name));
        let pairs = self.pairs(alias);
        if ground.whole && same_types && proof::unique_key(parent, &self.parent_columns).is_some() {
            let first =
                self.parent_columns.first().map(|column| quote_identifier(column)).unwrap_or_default();
            return Ok(Fragments {
                join: Some(format!("left join {relation} on {pairs}")),
                doubt,
                ..Fragments::failing(format!("{present} and {alias}.{first} is null"))
            });
        }
        let failing = format!("{present} and not exists (select from {relation} where {pairs})");
        Ok(Fragments { failing: Some(Failing::WhereAlone(failing)), doubt, ..Fragments::default() })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, format!("without a row in {}", self.parent))
    }

    fn proof(&self, subject: &Subject) -> Option<String> {
        proof::foreign_key(subject, &self.columns, &self.parent, &self.parent_columns)
    }
}

/// Whether two types are equal by one relation: then a parent's unique key is unique for the child's values too.
/// (Not so for numeric against float8, where two keys may equal one value.)
fn same_equality(one: &str, other: &str) -> bool {
    const FAMILIES: [&[&str]; 2] = [&["int2", "int4", "int8"], &["text", "varchar"]];
    one == other || FAMILIES.iter().any(|family| family.contains(&one) && family.contains(&other))
}
