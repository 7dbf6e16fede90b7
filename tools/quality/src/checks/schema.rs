//! `schema`, `column_type`, `has_constraint`, `schema_drift`: what the table looks like, read from the catalogue; no row is read.
//!
//! `schema`: `columns` are names, each with its type behind it if that matters (`"price numeric(12,2)"`). `match: contain` (the
//! default) wants them there, `exact` wants no others, `order` wants just these in this order. `min` and `max` bound the number of
//! columns. `column_type`: the type of a column is `as`, as PostgreSQL writes it or by a common other name. `has_constraint`:
//! there is a `primary_key`, `unique`, `foreign_key`, `not_null` or `index` on just these columns (for `index`: that
//! begins with them), valid. `schema_drift`: the columns and their types are those of the last run; it needs the history, and
//! is unknown at the first look.

use pgwright_postgres::catalog::{Column, KeyPart};

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement::shown;

pub(super) const TYPES: &[CheckType] = &[
    super::stating(
        "schema",
        "Columns of the table",
        &["columns"],
        &["columns", "column", "match", "min", "max"],
        schema,
    ),
    super::stating("column_type", "Type of a column", &[], &["column", "as"], column_type),
    super::stating("schema_drift", "Columns that changed since the last run", &[], &[], |_| {
        Ok(Box::new(SchemaDrift))
    }),
    super::stating(
        "has_constraint",
        "A constraint or an index",
        &[],
        &["column", "columns", "constraint"],
        constraint,
    ),
];

#[derive(Debug)]
struct Schema {
    columns: Vec<(String, Option<String>)>,
    order: bool,
    exact: bool,
    min: Option<usize>,
    max: Option<usize>,
}

#[derive(Debug)]
struct ColumnType {
    column: String,
    as_type: String,
}

#[derive(Debug)]
struct SchemaDrift;

#[derive(Debug)]
struct HasConstraint {
    columns: Vec<String>,
    constraint: &'static str,
}

fn schema(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let written =
        check.texts("columns").or_else(|| check.text("column").map(|column| vec![column.to_owned()]));
    let columns: Vec<(String, Option<String>)> = written
        .unwrap_or_default()
        .into_iter()
        .map(|written| match written.split_once(' ') {
            Some((name, kind)) => (name.to_owned(), Some(kind.trim().to_owned())),
            None => (written, None),
        })
        .collect();
    let count = |option: &'static str| {
        let whole = |text: &str| {
            text.parse()
                .map_err(|_| Mistake::at(option, format!("{option} is a number of columns, not {text}")))
        };
        check.text(option).map(whole).transpose()
    };
    let (min, max) = (count("min")?, count("max")?);
    if columns.is_empty() && min.is_none() && max.is_none() {
        return Err(Mistake::missing("columns", "[id bigint, email]"));
    }
    let (order, exact) = match check.text("match") {
        None | Some("contain") => (false, false),
        Some("exact" | "equal") => (false, true),
        Some("order") => (true, true),
        Some(other) => {
            return Err(Mistake::at("match", format!("match is contain, exact or order here, not {other}")));
        }
    };
    Ok(Box::new(Schema { columns, order, exact, min, max }))
}

fn column_type(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(ColumnType {
        column: check.one_column()?,
        as_type: check.needed("as", "timestamptz")?.to_owned(),
    }))
}

fn constraint(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    const KNOWN: &[&str] = &["primary_key", "unique", "foreign_key", "not_null", "index"];
    let written = check.needed("constraint", "primary_key")?;
    let constraint = KNOWN
        .iter()
        .find(|known| **known == written)
        .ok_or_else(|| Mistake::at("constraint", format!("{written} is none of {}", KNOWN.join(", "))))?;
    let columns = check.any_columns()?;
    if columns.is_empty() && *constraint != "primary_key" {
        return Err(Mistake::missing("columns", "[customer_id]"));
    }
    Ok(Box::new(HasConstraint { columns, constraint }))
}

/// Whether a column is of that type, by PostgreSQL's name for it, with or without its modifier, or the catalogue's.
fn is_of(column: &Column, wanted: &str) -> bool {
    let bare = column.type_name.split('(').next().unwrap_or_default().trim();
    let wanted = wanted.trim().to_ascii_lowercase();
    let common = match wanted.as_str() {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "string" => "text",
        "bool" | "boolean" => "bool",
        "real" => "float4",
        "double" | "float" | "double precision" => "float8",
        "decimal" => "numeric",
        "varchar" => "character varying",
        other => other,
    };
    [column.type_name.as_str(), bare, column.base_type.as_str()]
        .iter()
        .any(|name| *name == wanted || *name == common)
}

impl Rule for Schema {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let table = &ground.subject.table;
        let mut wrong = Vec::new();
        for (name, kind) in &self.columns {
            match (table.column(name), kind) {
                (None, _) => wrong.push(format!("{} is missing", shown(name))),
                (Some(column), Some(kind)) if !is_of(column, kind) => {
                    wrong.push(format!(
                        "{} is {}, not {}",
                        shown(name),
                        shown(&column.type_name),
                        shown(kind)
                    ));
                }
                _ => {}
            }
        }
        let is_named = |column: &&Column| self.columns.iter().any(|(name, _)| *name == column.name);
        if self.exact && !self.columns.is_empty() {
            wrong.extend(
                table
                    .columns
                    .iter()
                    .filter(|column| !is_named(column))
                    .map(|column| format!("{} is not expected", shown(&column.name))),
            );
        }
        let there = table.columns.iter().map(|column| &column.name);
        if self.order && wrong.is_empty() && !there.eq(self.columns.iter().map(|(name, _)| name)) {
            wrong.push("the columns stand in another order".to_owned());
        }
        let count = table.columns.len();
        if self.min.is_some_and(|min| count < min) || self.max.is_some_and(|max| count > max) {
            wrong.push(format!("there are {count} columns"));
        }
        let evidence =
            if wrong.is_empty() { format!("{count} columns as expected") } else { wrong.join("; ") };
        Ok(Fragments::known(Reading::met(wrong.is_empty(), evidence)))
    }

    fn read(&self, _: &Figures<'_>) -> Reading {
        Reading::Unknown { evidence: "not looked at".to_owned() }
    }
}

impl Rule for ColumnType {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let evidence = format!("{}, expected {}", shown(&column.type_name), shown(&self.as_type));
        Ok(Fragments::known(Reading::met(is_of(column, &self.as_type), evidence)))
    }

    fn read(&self, _: &Figures<'_>) -> Reading {
        Reading::Unknown { evidence: "not looked at".to_owned() }
    }
}

impl Rule for SchemaDrift {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn steers(&self) -> bool {
        false
    }

    /// The history knows the rest.
    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let evidence = format!("{} columns", ground.subject.table.columns.len());
        Ok(Fragments::known(Reading::Unknown { evidence }))
    }

    fn read(&self, _: &Figures<'_>) -> Reading {
        Reading::Unknown { evidence: "not looked at".to_owned() }
    }
}

impl Rule for HasConstraint {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        ground.columns(&self.columns)?;
        let table = &ground.subject.table;
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names
        };
        let wanted = sorted(&self.columns);
        let mut indexes = table.indexes.iter().filter(|index| index.valid && index.predicate.is_none());
        let over = |keys: &[pgwright_postgres::catalog::IndexKey]| {
            let names: Option<Vec<String>> = keys
                .iter()
                .map(|key| match &key.part {
                    KeyPart::Column(name) => Some(name.clone()),
                    KeyPart::Expression(_) => None,
                })
                .collect();
            names
        };
        let met = match self.constraint {
            "primary_key" => indexes.any(|index| {
                index.primary
                    && (wanted.is_empty() || over(&index.keys).is_some_and(|names| sorted(&names) == wanted))
            }),
            "unique" => indexes
                .any(|index| index.unique && over(&index.keys).is_some_and(|names| sorted(&names) == wanted)),
            "index" => indexes.any(|index| {
                let leading: Vec<String> =
                    index.leading_columns().take(self.columns.len()).map(str::to_owned).collect();
                sorted(&leading) == wanted
            }),
            "foreign_key" => {
                table.foreign_keys.iter().any(|key| key.validated && sorted(&key.columns) == wanted)
            }
            _ => self.columns.iter().all(|name| table.column(name).is_some_and(|column| column.not_null)),
        };
        let kind = self.constraint.replace('_', " ");
        let on = if self.columns.is_empty() {
            String::new()
        } else {
            format!(" on {}", shown(&self.columns.join(", ")))
        };
        let evidence = if met {
            format!("there is a valid {kind}{on}")
        } else {
            format!("there is no valid {kind}{on}")
        };
        Ok(Fragments::known(Reading::met(met, evidence)))
    }

    fn read(&self, _: &Figures<'_>) -> Reading {
        Reading::Unknown { evidence: "not looked at".to_owned() }
    }
}
