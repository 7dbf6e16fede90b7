//! Which tables a column could point to, by names and types.

use pgwright_postgres::catalog::{Column, Table};
use pgwright_postgres::{DatabaseError, ReadSession, Type};
use pgwright_sql::{RelationName, quote_identifier};

/// A column that could be pointed to.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) table: RelationName,
    column: String,
    type_name: String,
    itself: bool,
}

/// All of them beside one table.
#[derive(Debug, Default)]
pub(crate) struct Parents(Vec<Parent>);

/// Who in an organisation stands above, and what a thing is part of, are of the same table.
const OWN: &[&str] = &["parent", "manager", "boss", "reports", "supervisor", "predecessor", "reply"];

impl Parent {
    /// `schema.table(column)`.
    pub(crate) fn written(&self) -> String {
        format!("{}({})", self.table, quote_identifier(&self.column))
    }
}

impl Parents {
    pub(crate) async fn read(session: &ReadSession, table: &Table) -> Result<Self, DatabaseError> {
        let rows = session.query(include_str!("parents.sql"), &[(&table.oid, Type::OID)]).await?;
        Ok(Self(
            rows.iter()
                .map(|row| Parent {
                    table: RelationName::qualified(
                        row.get::<_, String>("schema"),
                        row.get::<_, String>("name"),
                    ),
                    column: row.get("column"),
                    type_name: row.get("type_name"),
                    itself: row.get("itself"),
                })
                .collect(),
        ))
    }

    /// The one that the column points to by its name.
    pub(crate) fn of(&self, column: &Column, table: &Table) -> Option<&Parent> {
        let name = column.name.to_ascii_lowercase();
        let subject = ["_id", "_no", "_nr", "_key", "_code", "_uuid", "id"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(&name)
            .trim_end_matches('_');
        if subject.is_empty() {
            return None;
        }
        let fits = |parent: &&Parent| family(&parent.type_name) == family(&column.base_type);
        let own = OWN.iter().any(|word| subject.contains(word));
        self.0.iter().filter(fits).find(|parent| {
            if parent.itself {
                return own && parent.column != column.name;
            }
            let of_table = parent.table.name.to_ascii_lowercase();
            // `customer` points to customer, customers, tbl_customers; its column is id, customer_id, or a name like that.
            let is_named = singular(&of_table) == singular(subject)
                || of_table
                    .strip_suffix(subject)
                    .or_else(|| of_table.strip_suffix(&format!("{subject}s")))
                    .is_some_and(|before| before.ends_with('_'))
                || subject.rsplit('_').next().is_some_and(|last| singular(last) == singular(&of_table));
            let held = parent.column.to_ascii_lowercase();
            is_named
                && !table.name.eq(&parent.table)
                && (held == name
                    || held == "id"
                    || held.ends_with("_id")
                    || held.contains(&singular(subject)))
        })
    }
}

fn family(type_name: &str) -> &str {
    match type_name {
        "int2" | "int4" | "int8" => "int",
        "text" | "varchar" | "bpchar" => "text",
        other => other,
    }
}

/// `countries` is of `country`, `boxes` of `box`.
fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for (ending, kept) in [("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}{kept}");
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.ends_with('u') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_of_their_word() {
        for (many, one) in [
            ("customers", "customer"),
            ("countries", "country"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("status", "status"),
        ] {
            assert_eq!(singular(many), one);
        }
    }
}
