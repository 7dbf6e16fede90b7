//! Which columns a load fills, from which field of the file, under which rules: the definition's contract, the table and
//! the file's header brought together before a row moves.

use pgwright_postgres::catalog::{Column, Table};
use pgwright_postgres::nearest;

use crate::contract::ColumnRule;
use crate::document::{Definition, Write};

/// The columns that a definition may fill in a table.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Loadable>,
    /// Where the contract asks for another type than the table has.
    pub(crate) differences: Vec<String>,
}

#[derive(Debug)]
struct Loadable {
    name: String,
    type_name: String,
    contract: Option<usize>,
    not_null: bool,
    optional: bool,
}

/// The columns of one file, in the order of COPY.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) rules: Vec<ColumnRule>,
    /// For each rule, which field of a record it judges.
    pub(crate) fields: Vec<usize>,
    /// How many fields a record has.
    pub(crate) width: usize,
    /// The header's bytes, as the file had them.
    pub(crate) header: Option<Vec<u8>>,
}

/// Why contract, table and file do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

impl Mismatch {
    pub(crate) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: Some(hint.into()) }
    }
}

impl Columns {
    /// Compares a definition with its table.
    pub(crate) fn of(definition: &Definition, table: &Table) -> Result<Self, Mismatch> {
        check_key(definition, table)?;
        let Some(contract) = &definition.contract else {
            let loadable = |column: &Column| Loadable {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                contract: None,
                not_null: column.not_null,
                optional: column.has_default,
            };
            let columns = table.columns.iter().filter(|column| !column.generated).map(loadable).collect();
            return Ok(Self { columns, differences: Vec::new() });
        };
        let mut columns = Vec::new();
        let mut differences = Vec::new();
        for (at, asked) in contract.columns.iter().enumerate() {
            let asked = &asked.value;
            let Some(column) = table.column(&asked.name) else {
                let known = table.columns.iter().map(|column| column.name.clone()).collect();
                let near = nearest(&asked.name, known, Clone::clone).join(", ");
                return Err(Mismatch::new(
                    format!("the contract's column {} is not in table {}", asked.name, table.name),
                    if near.is_empty() {
                        "describe the table's columns in the contract".to_owned()
                    } else {
                        format!("nearest: {near}")
                    },
                ));
            };
            if column.generated {
                return Err(Mismatch::new(
                    format!("column {} of {} is generated and can't be loaded", column.name, table.name),
                    "leave it out of the contract",
                ));
            }
            let (wanted, there) = (
                crate::contract::Kind::named(&asked.type_name),
                crate::contract::Kind::named(&column.type_name),
            );
            if wanted != there {
                differences.push(format!(
                    "{}: {} in the contract, {} in the table",
                    asked.name, asked.type_name, column.type_name
                ));
            }
            columns.push(Loadable {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                contract: Some(at),
                not_null: column.not_null,
                optional: false,
            });
        }
        let named = |name: &str| contract.columns.iter().any(|column| column.value.name == name);
        let lacking = table.columns.iter().find(|column| {
            column.not_null && !column.has_default && !column.generated && !named(&column.name)
        });
        if let Some(column) = lacking {
            return Err(Mismatch::new(
                format!(
                    "column {} of {} is NOT NULL without default, and the contract leaves it out",
                    column.name, table.name
                ),
                "add it to the contract, or give it a default",
            ));
        }
        Ok(Self { columns, differences })
    }

    /// Name, type and whether NULL is allowed, of every column that may be filled.
    pub(crate) fn described(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.columns.iter().map(|column| (column.name.as_str(), column.type_name.as_str(), !column.not_null))
    }

    /// The layout of a file without header: the columns in their order.
    pub(crate) fn in_order(&self, definition: &Definition) -> Result<Layout, Mismatch> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.layout(definition, &all, all.clone(), all.len())
    }

    /// The layout of a file with this header.
    pub(crate) fn by_header(&self, definition: &Definition, header: &[String]) -> Result<Layout, Mismatch> {
        for (at, name) in header.iter().enumerate() {
            if header[..at].contains(name) {
                return Err(Mismatch::new(
                    format!(
                        "column {name} stands twice in the header (fields {} and {})",
                        position(header, name),
                        at + 1
                    ),
                    "rename one of them in the file",
                ));
            }
        }
        let of_field: Vec<Option<usize>> = header.iter().map(|name| self.position(name)).collect();
        let unknown: Vec<&str> = header
            .iter()
            .zip(&of_field)
            .filter(|(_, found)| found.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        let missing: Vec<&str> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(at, column)| !column.optional && !of_field.contains(&Some(*at)))
            .map(|(_, column)| column.name.as_str())
            .collect();
        if !unknown.is_empty() || !missing.is_empty() {
            return Err(Mismatch {
                reason: drift(&missing, &unknown),
                hint: Some(self.drift_hint(header, &unknown)),
            });
        }
        let (fields, columns): (Vec<usize>, Vec<usize>) =
            of_field.iter().enumerate().filter_map(|(field, column)| Some((field, (*column)?))).unzip();
        self.layout(definition, &columns, fields, header.len())
    }

    /// By exact name, else without regard to case where only one column fits.
    fn position(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column.name == name);
        exact.or_else(|| {
            let mut alike =
                self.columns.iter().enumerate().filter(|(_, column)| column.name.eq_ignore_ascii_case(name));
            match (alike.next(), alike.next()) {
                (Some((at, _)), None) => Some(at),
                _ => None,
            }
        })
    }

    fn layout(
        &self,
        definition: &Definition,
        columns: &[usize],
        fields: Vec<usize>,
        width: usize,
    ) -> Result<Layout, Mismatch> {
        let rule = |at: &usize| {
            let column = &self.columns[*at];
            let rule = ColumnRule::of_table(&column.name, &column.type_name, !column.not_null);
            let asked = column.contract.and_then(|at| definition.contract.as_ref()?.columns.get(at));
            let rule = match asked {
                Some(asked) => {
                    rule.with_contract(&asked.value).map_err(|reason| Mismatch { reason, hint: None })?
                }
                None => rule,
            };
            Ok(if definition.target.key.contains(&column.name) { rule.required() } else { rule })
        };
        let rules = columns.iter().map(rule).collect::<Result<Vec<_>, Mismatch>>()?;
        let loaded = |name: &str| rules.iter().any(|rule| rule.name == name);
        if let Some(key) = definition.target.key.iter().find(|key| !loaded(key)) {
            return Err(Mismatch::new(
                format!("key column {key} is not among the columns that are loaded"),
                "add it to the file and the contract",
            ));
        }
        for check in &definition.checks.staged {
            if let Some(absent) = check.columns().iter().find(|column| !loaded(column)) {
                return Err(Mismatch::new(
                    format!(
                        "the check {} is about {absent}, which is not among the columns that are loaded",
                        check.name
                    ),
                    "name columns of the file and the contract",
                ));
            }
        }
        Ok(Layout { rules, fields, width, header: None })
    }

    fn drift_hint(&self, header: &[String], unknown: &[&str]) -> String {
        if header.len() == 1 && self.columns.len() > 1 {
            return "the header has one field only: is source.delimiter right?".to_owned();
        }
        let known: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let near: Vec<String> = unknown
            .iter()
            .filter_map(|name| {
                let near = nearest(name, known.clone(), Clone::clone).into_iter().next()?;
                Some(format!("{name} is near {near}"))
            })
            .collect();
        if near.is_empty() {
            format!("columns that can be loaded: {}", known.join(", "))
        } else {
            near.join("; ")
        }
    }
}

impl Layout {
    /// Names of the loaded columns, in COPY's order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.rules.iter().map(|rule| rule.name.as_str()).collect()
    }
}

fn position(header: &[String], name: &str) -> usize {
    header.iter().position(|known| known == name).unwrap_or_default() + 1
}

fn drift(missing: &[&str], unknown: &[&str]) -> String {
    let list =
        |what: &str, names: &[&str]| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let parts: Vec<String> = [list("the header lacks", missing), list("unknown in the header:", unknown)]
        .into_iter()
        .flatten()
        .collect();
    parts.join("; ")
}

/// An upsert needs a unique index over exactly its key, else PostgreSQL can't tell what is there already.
fn check_key(definition: &Definition, table: &Table) -> Result<(), Mismatch> {
    if definition.target.write != Write::Upsert {
        return Ok(());
    }
    let key = &definition.target.key;
    if let Some(unknown) = key.iter().find(|name| table.column(name).is_none()) {
        let known = table.columns.iter().map(|column| column.name.clone()).collect();
        return Err(Mismatch::new(
            format!("key column {unknown} is not in table {}", table.name),
            format!("nearest: {}", nearest(unknown, known, Clone::clone).join(", ")),
        ));
    }
    let serves = table.indexes.iter().any(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && index.keys.len() == key.len()
            && index.leading_columns().filter(|column| key.iter().any(|wanted| wanted == column)).count()
                == key.len()
    });
    if serves {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("table {} has no unique index on ({})", table.name, key.join(", ")),
        "an upsert needs a primary key or unique constraint over exactly its key columns",
    ))
}
