//! What tables and views are made of: extensions, types, collations, functions, aggregates, operators.

use pgwright_postgres::types::quote_literal;
use pgwright_postgres::{DatabaseError, Row, Type};
use pgwright_sql::RelationName;

use super::Capture;
use crate::snapshot::{Definition, Extension};

impl Capture<'_> {
    /// Reads them, in the order in which they can be made.
    pub(super) async fn objects(&mut self, relations: &[u32]) -> Result<(), DatabaseError> {
        let extensions = self.session.query(include_str!("extensions.sql"), &[]).await?;
        self.snapshot.extensions = extensions
            .iter()
            .map(|row| Extension { name: row.get("name"), schema: row.get("schema") })
            .collect();
        let types = self.session.query(include_str!("types.sql"), &[]).await?;
        let collations = self.session.query(include_str!("collations.sql"), &[]).await?;
        for row in types.iter().chain(&collations) {
            self.in_schema(row);
        }
        let definitions =
            collations.iter().map(collation).chain(types.iter().filter_map(type_definition)).collect();
        self.snapshot.definitions = definitions;
        let functions = self
            .session
            .query(
                include_str!("functions.sql"),
                &[(&relations, Type::OID_ARRAY), (&self.wanted.functions, Type::TEXT_ARRAY)],
            )
            .await?;
        for row in &functions {
            self.in_schema(row);
            let name = format!("function {}", qualified(row));
            match row.get::<_, Option<String>>("definition") {
                Some(sql) => self.snapshot.definitions.push(Definition { name, sql }),
                None => self.snapshot.notes.push(format!(
                    "{name} is written in {}, and what rests on it is left out",
                    row.get::<_, String>("language")
                )),
            }
        }
        for row in &self.session.query(include_str!("operators.sql"), &[]).await? {
            self.in_schema(row);
            let name = format!("operator {}", row.get::<_, String>("name"));
            self.snapshot.definitions.push(Definition { name, sql: row.get("definition") });
        }
        Ok(())
    }

    fn in_schema(&mut self, row: &Row) {
        let schema: String = row.get("schema");
        if !self.snapshot.objects.contains(&schema) {
            self.snapshot.objects.push(schema);
        }
    }
}

fn qualified(row: &Row) -> RelationName {
    RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name"))
}

fn type_definition(row: &Row) -> Option<Definition> {
    let name = qualified(row);
    let sql = match row.get::<_, &str>("kind") {
        "e" => {
            let labels: Vec<String> =
                row.get::<_, Vec<String>>("labels").iter().map(|label| quote_literal(label)).collect();
            format!("create type {name} as enum ({})", labels.join(", "))
        }
        "d" => {
            let not_null = if row.get("not_null") { " not null" } else { "" };
            format!("create domain {name} as {}{not_null}", row.get::<_, Option<String>>("base")?)
        }
        "c" => format!("create type {name} as ({})", row.get::<_, Vec<String>>("attributes").join(", ")),
        "r" => {
            format!("create type {name} as range (subtype = {})", row.get::<_, Option<String>>("subtype")?)
        }
        _ => return None,
    };
    Some(Definition { name: format!("type {name}"), sql })
}

fn collation(row: &Row) -> Definition {
    let name = qualified(row);
    let text = |column: &str| row.get::<_, Option<String>>(column).unwrap_or_default();
    let locale = match row.get::<_, &str>("provider") {
        "i" => format!(
            "provider = icu, locale = {}, deterministic = {}",
            quote_literal(&text("locale")),
            row.get::<_, bool>("deterministic")
        ),
        _ => format!(
            "provider = libc, lc_collate = {}, lc_ctype = {}",
            quote_literal(&text("collate")),
            quote_literal(&text("ctype"))
        ),
    };
    Definition { name: format!("collation {name}"), sql: format!("create collation {name} ({locale})") }
}
