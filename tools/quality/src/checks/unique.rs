//! `unique`: rows beyond the first that hold the same values in the column or columns.
//!
//! `failed_rows` counts surplus rows: three equal rows are one group of three rows with two surplus. Rows with a NULL in any
//! of the columns are left out, as SQL's UNIQUE does. In the shared scan distinct 64-bit hashes are counted: equal values
//! hash equal, so a surplus of 0 is proof; any other surplus is counted again exactly. Types that have no equality (json,
//! xml) are compared as text. Proven without a scan by a unique index on some of the columns.

use pgwright_postgres::catalog::Column;

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::subject::Subject;
use crate::{hash, proof, statement};

pub(super) const TYPE: CheckType = CheckType {
    name: "unique",
    aliases: &["no_duplicates"],
    options: &["column", "columns", "max_failed"],
    read,
};

#[derive(Debug)]
struct Unique {
    columns: Vec<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    Ok(Box::new(Unique { columns: check.some_columns()? }))
}

impl Rule for Unique {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let columns: Vec<&Column> =
            self.columns.iter().map(|name| ground.column(name)).collect::<Result<_, _>>()?;
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
            failing: Some(Failing::Repeated { keys, filter }),
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.groups {
            Some(found) => Reading::Failed {
                rows: found.surplus,
                evidence: format!("surplus; {} repeated, in {} rows", values(found.groups), found.rows),
                seen: None,
            },
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
