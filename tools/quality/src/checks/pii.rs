//! `pii`: columns that hold personal data or secrets.
//!
//! The first thousand values of each text column (or of `columns`) are looked at: addresses, telephone numbers, IBANs,
//! cards, IP addresses, social security numbers, tokens; beside them the name of the column speaks. A column counts when a
//! twentieth of its values, and at least two, look like one kind. Columns that are masked already are no finding. `except`
//! names columns that may hold such data. Samples of other checks hide what looks like personal data, value by value; a mask
//! in the configuration hides the column.

use pgwright_postgres::mask::detect;

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::stating("pii", "Personal data", &["no_pii"], &["column", "columns", "except"], read);

/// Values of a column that are looked at.
const VALUES: usize = 1_000;
/// How much of a value is looked at.
const CHARACTERS: usize = 300;
/// Columns in one statement.
const COLUMNS: usize = 200;

#[derive(Debug)]
struct Pii {
    columns: Vec<String>,
    except: Vec<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(Pii { columns: check.any_columns()?, except: check.texts("except").unwrap_or_default() }))
}

impl Rule for Pii {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        ground.columns(&self.columns)?;
        ground.columns(&self.except)?;
        let subject = ground.subject;
        let is_looked_at = |column: &&pgwright_postgres::catalog::Column| {
            (self.columns.is_empty() || self.columns.contains(&column.name))
                && !self.except.contains(&column.name)
                && !subject.masked.has(subject.table.oid, column.number)
        };
        let mut names = Vec::new();
        let mut values = Vec::new();
        for column in subject.table.columns.iter().filter(is_looked_at) {
            let text = match (statement::text(column), column.base_type.as_str()) {
                (Some(text), _) => text,
                (None, "inet" | "cidr" | "json" | "jsonb" | "int8" | "numeric") => {
                    format!("{}::text", statement::column(&column.name))
                }
                _ => continue,
            };
            names.push(column.name.clone());
            values.push(format!("coalesce(jsonb_agg(left({text}, {CHARACTERS})) filter (where {text} is not null), '[]')::text"));
        }
        if names.is_empty() {
            return Ok(Fragments::known(Reading::met(true, "no column could hold personal data unmasked")));
        }
        if names.len() > COLUMNS {
            return Err(Fault::Unfit(format!(
                "{} columns are too many to look at; name up to {COLUMNS}",
                names.len()
            )));
        }
        let listed = serde_json::to_string(&names).unwrap_or_default();
        let from = format!("from (select * from {} limit {VALUES}) as t", ground.rows);
        Ok(Fragments::own(format!(
            "select {}::text,\n       {}\n{from}",
            pgwright_postgres::types::quote_literal(&listed),
            values.join(",\n       ")
        )))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let names: Vec<String> =
            figures.text(0).and_then(|names| serde_json::from_str(names).ok()).unwrap_or_default();
        if names.is_empty() {
            return Reading::Unknown { evidence: "nothing was looked at".to_owned() };
        }
        let mut found = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let values: Vec<String> =
                figures.text(at + 1).and_then(|values| serde_json::from_str(values).ok()).unwrap_or_default();
            if let Some((class, hits)) = class_of(name, &values) {
                found.push(format!(
                    "{} looks like {class} ({hits} of {})",
                    statement::shown(name),
                    values.len()
                ));
            }
        }
        let evidence = if found.is_empty() {
            format!("nothing like personal data in {} columns", names.len())
        } else {
            found.join("; ")
        };
        Reading::met(found.is_empty(), evidence)
    }
}

/// What most of the values that look like something look like, and how many do.
fn class_of(name: &str, values: &[String]) -> Option<(detect::Class, usize)> {
    let hint = detect::Column::new(name);
    if let Some(class) = hint.class().filter(|_| !values.is_empty()) {
        return Some((class, values.len()));
    }
    let mut counts: std::collections::BTreeMap<detect::Class, usize> = std::collections::BTreeMap::new();
    for value in values {
        if let Some(found) = detect::find(value, hint).first() {
            *counts.entry(found.class).or_default() += 1;
        }
    }
    let (class, hits) = counts.into_iter().max_by_key(|(_, hits)| *hits)?;
    (hits >= 2 && hits * 20 >= values.len()).then_some((class, hits))
}
