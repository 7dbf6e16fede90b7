//! `duplicate_rows`: rows that are equal to another row in all columns.
//!
//! Columns named in `except`, such as a surrogate key, are left out of the comparison. NULLs count as equal here, since two
//! rows that agree in everything they have are the same row. `failed_rows` counts surplus rows.

use pgwright_postgres::catalog::Column;

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::hash;

pub(super) const TYPE: CheckType =
    super::counting("duplicate_rows", "Whole rows that repeat", &[], &["except"], read);

#[derive(Debug)]
struct DuplicateRows {
    except: Vec<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(DuplicateRows { except: check.texts("except").unwrap_or_default() }))
}

impl Rule for DuplicateRows {
    fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        ground.columns(&self.except)?;
        let compared: Vec<&Column> = ground
            .subject
            .table
            .columns
            .iter()
            .filter(|column| !self.except.contains(&column.name))
            .collect();
        if compared.is_empty() {
            return Err(Fault::Unfit("no column is left to compare".to_owned()));
        }
        let distinct = hash::distinct_rows(&compared, ground.version);
        Ok(Fragments {
            targets: vec![format!("(count(*) - count(distinct {distinct}))::text")],
            failing: Some(Failing::Repeated {
                keys: compared.iter().map(|column| hash::comparable(column)).collect(),
                filter: "true".to_owned(),
                hash: hash::sortable(distinct),
            }),
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.groups {
            Some(found) => Reading::Failed {
                rows: found.surplus,
                evidence: format!(
                    "surplus; {} different ones repeated, in {} rows",
                    found.groups, found.rows
                ),
                seen: None,
            },
            None => Reading::of_rows(figures, "surplus"),
        }
    }
}
