//! A snapshot's relations as statements.

use std::collections::HashSet;

use pgwright_postgres::types::{quote_literal, quote_relation};
use pgwright_sql::{RelationName, quote_identifier};

use crate::array;
use crate::snapshot::{Column, Definition, Relation, Snapshot};

const SCHEMAS_THERE: [&str; 3] = ["public", "pg_catalog", "information_schema"];
/// The storage parameters that plans depend on.
const OPTIONS: [&str; 2] = ["parallel_workers=", "fillfactor="];

/// Schemas, extensions, types, collations, functions.
pub(super) fn foundations(snapshot: &Snapshot) -> Vec<Definition> {
    let schemas = snapshot.extensions.iter().map(|extension| &extension.schema).chain(schemas(snapshot));
    let mut seen = HashSet::new();
    let mut all: Vec<Definition> = schemas
        .filter(|schema| !SCHEMAS_THERE.contains(&schema.as_str()) && seen.insert(schema.as_str()))
        .map(|schema| {
            definition(format!("schema {schema}"), format!("create schema {}", quote_identifier(schema)))
        })
        .collect();
    all.extend(snapshot.extensions.iter().map(|extension| {
        let (name, schema) = (quote_identifier(&extension.name), quote_identifier(&extension.schema));
        definition(
            format!("extension {}", extension.name),
            format!("create extension if not exists {name} schema {schema} cascade"),
        )
    }));
    all.extend(snapshot.definitions.iter().cloned());
    all
}

/// The schemas that relations are in, and objects by their names.
pub(super) fn schemas(snapshot: &Snapshot) -> impl Iterator<Item = &String> {
    let of_extended = snapshot.extended.iter().map(|extended| &extended.schema);
    let of_objects = snapshot.objects.iter();
    snapshot.relations.iter().map(|relation| &relation.schema).chain(of_extended).chain(of_objects)
}

/// Tables without constraints and indexes; `unknown` types become text.
pub(super) fn tables(snapshot: &Snapshot, unknown: &HashSet<String>) -> Vec<Definition> {
    snapshot
        .relations
        .iter()
        .filter(|relation| relation.kind != 'v')
        .map(|relation| table(relation, unknown))
        .collect()
}

fn table(relation: &Relation, unknown: &HashSet<String>) -> Definition {
    let name = quote_relation(&relation.qualified());
    let body = match (&relation.partition_bound, relation.parents.as_slice()) {
        (Some(bound), [parent, ..]) => {
            format!(
                "partition of {} {bound}",
                quote_relation(&RelationName::qualified(&parent.schema, &parent.name))
            )
        }
        (_, parents) => {
            let columns: Vec<String> = relation
                .columns
                .iter()
                .filter(|column| !column.inherited)
                .map(|column| written(column, unknown))
                .collect();
            let parents: Vec<String> = parents
                .iter()
                .map(|parent| quote_relation(&RelationName::qualified(&parent.schema, &parent.name)))
                .collect();
            let inherits = if parents.is_empty() {
                String::new()
            } else {
                format!(" inherits ({})", parents.join(", "))
            };
            format!("({}){inherits}", columns.join(", "))
        }
    };
    let partitioned =
        relation.partition_key.as_ref().map(|key| format!(" partition by {key}")).unwrap_or_default();
    let options: Vec<&str> = relation
        .options
        .iter()
        .map(String::as_str)
        .filter(|option| relation.kind == 'r' && OPTIONS.iter().any(|known| option.starts_with(known)))
        .collect();
    let with = if options.is_empty() { String::new() } else { format!(" with ({})", options.join(", ")) };
    definition(format!("table {name}"), format!("create table {name} {body}{partitioned}{with}"))
}

fn written(column: &Column, unknown: &HashSet<String>) -> String {
    let name = quote_identifier(&column.name);
    if unknown.contains(&column.type_name) {
        return format!("{name} text");
    }
    let collation =
        column.collation.as_ref().map(|collation| format!(" collate {collation}")).unwrap_or_default();
    let generated = match &column.virtual_expression {
        Some(expression) => format!(" generated always as ({expression}) virtual"),
        None => String::new(),
    };
    format!("{name} {}{collation}{generated}", column.type_name)
}

/// Constraints that make an index, other indexes, and what belongs to what; then foreign keys and checks.
pub(super) fn constraints(snapshot: &Snapshot) -> Vec<Definition> {
    let mut indexes = Vec::new();
    let mut attached = Vec::new();
    let mut others = Vec::new();
    for relation in &snapshot.relations {
        let table = quote_relation(&relation.qualified());
        for constraint in &relation.constraints {
            let name = quote_identifier(&constraint.name);
            let definition = constraint.definition.trim_end_matches(" NOT VALID");
            let (only, ending, list) = match constraint.kind {
                // The planner ignores it, and takes those of partitions.
                'f' if relation.kind == 'p' => continue,
                'f' | 'c' => ("", " not valid", &mut others),
                _ => ("only ", "", &mut indexes),
            };
            list.push(self::definition(
                format!("constraint {} of {table}", constraint.name),
                format!("alter table {only}{table} add constraint {name} {definition}{ending}"),
            ));
        }
        for index in &relation.indexes {
            let name = RelationName::qualified(&relation.schema, &index.name);
            if !index.constraint {
                indexes.push(definition(format!("index {name}"), index.definition.clone()));
            }
            if let Some(parent) = &index.parent {
                let parent = quote_relation(&RelationName::qualified(&parent.schema, &parent.name));
                let part = quote_relation(&name);
                attached.push(definition(
                    format!("index {name} of {parent}"),
                    format!("alter index {parent} attach partition {part}"),
                ));
            }
        }
    }
    indexes.into_iter().chain(attached).chain(others).collect()
}

/// Views and extended statistics.
pub(super) fn views(snapshot: &Snapshot) -> Vec<Definition> {
    let views = snapshot.relations.iter().filter(|relation| relation.kind == 'v').filter_map(|view| {
        let name = quote_relation(&view.qualified());
        let barrier = if view.options.iter().any(|option| option.as_str() == "security_barrier=true") {
            " with (security_barrier = true)"
        } else {
            ""
        };
        let query = view.query.as_ref()?.trim_end_matches(';');
        Some(definition(format!("view {name}"), format!("create view {name}{barrier} as {query}")))
    });
    let extended = snapshot
        .extended
        .iter()
        .map(|extended| definition(format!("statistics {}", extended.name), extended.definition.clone()));
    views.chain(extended).collect()
}

/// The two rows of a table: the least and the greatest value of what leads an index.
pub(super) fn ends(relation: &Relation) -> Option<Definition> {
    if !relation.has_rows() || relation.columns.iter().all(|column| column.endpoints.is_none()) {
        return None;
    }
    let key: HashSet<&str> = primary_key(relation);
    let is_partition = relation.partition_bound.is_some();
    let (mut names, mut least, mut greatest) = (Vec::new(), Vec::new(), Vec::new());
    let mut differ = false;
    for column in relation.columns.iter().filter(|column| column.virtual_expression.is_none()) {
        let needed = key.contains(column.name.as_str());
        let (low, high) = match &column.endpoints {
            Some((low, high)) => (low.clone(), high.clone()),
            None if needed || is_partition => match stand_in(relation, column) {
                Some(value) => (value.clone(), value),
                None if needed => return None,
                None => continue,
            },
            None => continue,
        };
        names.push(quote_identifier(&column.name));
        least.push(quote_literal(&low));
        // A unique index takes no value twice, and any number of NULLs.
        greatest.push(if low == high && !needed && !is_partition {
            "null".to_owned()
        } else {
            quote_literal(&high)
        });
        differ |= low != high;
    }
    let table = quote_relation(&relation.qualified());
    let second = if differ { format!(", ({})", greatest.join(", ")) } else { String::new() };
    Some(definition(
        format!("the ends of {table}"),
        format!("insert into {table} ({}) values ({}){second}", names.join(", "), least.join(", ")),
    ))
}

fn primary_key(relation: &Relation) -> HashSet<&str> {
    let of_key = relation.constraints.iter().find(|constraint| constraint.kind == 'p');
    of_key.map(|key| key.columns.iter().map(|(column, _)| column.as_str()).collect()).unwrap_or_default()
}

/// A value of the column from its statistics, or the plainest of its type.
fn stand_in(relation: &Relation, column: &Column) -> Option<String> {
    let statistics = relation.statistics.iter().find(|statistics| statistics.column == column.name);
    let known = statistics
        .into_iter()
        .flat_map(|statistics| &statistics.slots)
        .filter(|slot| matches!(slot.kind, 1 | 2) && !column.sensitive)
        .find_map(|slot| array::elements(slot.values.as_deref()?).into_iter().flatten().next());
    known.or_else(|| {
        let name = column.type_name.as_str();
        let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        match () {
            () if is(&["text", "character", "bytea", "citext"]) => Some(String::new()),
            () if is(&["smallint", "integer", "bigint", "numeric", "real", "double", "oid"]) => {
                Some("0".to_owned())
            }
            () if is(&["date", "timestamp"]) => Some("2000-01-01".to_owned()),
            () if is(&["uuid"]) => Some("00000000-0000-0000-0000-000000000000".to_owned()),
            () if is(&["boolean"]) => Some("false".to_owned()),
            () => None,
        }
    })
}

fn definition(name: String, sql: String) -> Definition {
    Definition { name, sql }
}
