//! `unique`: rows beyond the first that hold the same values in the column or columns.
//!
//! `failed_rows` counts surplus rows: three equal rows are one group of three rows with two surplus; `count: groups` or
//! `count: rows` counts as other tools do. Rows with a NULL in any
//! of the columns are left out, as SQL's UNIQUE does. In the shared scan distinct 64-bit hashes are counted: equal values
//! hash equal, so a surplus of 0 is proof; any other surplus is counted again exactly. Types that have no equality (json,
//! xml) are compared as text. Proven without a scan by a unique index on some of the columns.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::subject::Subject;
use crate::{hash, proof, statement};

pub(super) const TYPE: CheckType =
    super::counting("unique", "Duplicate values", &["no_duplicates"], &["column", "columns", "count"], read);

#[derive(Debug)]
struct Unique {
    columns: Vec<String>,
    count: Counted,
}

/// What counts as failing: tools differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Rows beyond the first of each group.
    Surplus,
    /// Groups.
    Groups,
    /// All rows of the groups.
    Rows,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let count = match check.text("count") {
        None | Some("surplus") => Counted::Surplus,
        Some("groups") => Counted::Groups,
        Some("rows") => Counted::Rows,
        Some(other) => {
            return Err(Mistake::at("count", format!("count is surplus, groups or rows, not {other}")));
        }
    };
    Ok(Box::new(Unique { columns: check.some_columns()?, count }))
}

impl Rule for Unique {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn steers(&self) -> bool {
        false
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let columns = ground.columns(&self.columns)?;
        let keys = columns.iter().map(|column| hash::comparable(column)).collect();
        let present: Vec<String> =
            columns.iter().map(|column| format!("{} is not null", statement::column(&column.name))).collect();
        let filter = present.join(" and ");
        let distinct = hash::distinct(&columns, ground.version);
        let surplus = format!(
            "(count(*) filter (where {filter}) - count(distinct {distinct}) filter (where {filter}))::text"
        );
        Ok(Fragments {
            targets: vec![surplus],
            failing: Some(Failing::Repeated { keys, filter, hash: hash::sortable(distinct) }),
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.groups {
            Some(found) => {
                let (rows, what) = match self.count {
                    Counted::Surplus => (found.surplus, "surplus"),
                    Counted::Groups => (found.groups, "as groups"),
                    Counted::Rows => (found.rows, "in groups"),
                };
                let evidence = format!("{what}; {} repeated, in {} rows", values(found.groups), found.rows);
                Reading::Failed { rows, evidence, seen: None }
            }
            None => Reading::of_rows(figures, "surplus"),
        }
    }

    fn proof(&self, subject: &Subject) -> Option<String> {
        proof::unique(subject, &self.columns)
    }
}

fn values(groups: u64) -> String {
    if groups == 1 { "1 value".to_owned() } else { format!("{groups} values") }
}
