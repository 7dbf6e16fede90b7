//! `unique_normalized`: text that repeats but for its writing.
//!
//! `ignore` names the differences that do not count: `case`, `space` (all blanks), `punctuation`, and `width` (Unicode's
//! compatibility forms, such as full-width letters and ligatures; needs a database in UTF-8). Without it case and blanks are
//! ignored. A row with NULL is no duplicate. `failed_rows` counts surplus rows.

use super::{CheckType, Failing, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, suggest};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "unique_normalized",
    "Duplicates but for their writing",
    &["fuzzy_duplicates"],
    &["column", "columns", "ignore"],
    read,
);

const IGNORED: &[&str] = &["case", "space", "punctuation", "width"];

#[derive(Debug)]
struct UniqueNormalized {
    columns: Vec<String>,
    ignore: Vec<String>,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let ignore = check.texts("ignore").unwrap_or_else(|| vec!["case".to_owned(), "space".to_owned()]);
    if let Some(unknown) = ignore.iter().find(|word| !IGNORED.contains(&word.as_str())) {
        return Err(
            Mistake::at("ignore", format!("{unknown} cannot be ignored")).hint(suggest(unknown, IGNORED))
        );
    }
    Ok(Box::new(UniqueNormalized { columns: check.some_columns()?, ignore }))
}

impl Rule for UniqueNormalized {
    fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let mut keys = Vec::new();
        for column in ground.columns(&self.columns)? {
            let mut key = statement::text(column)
                .map(|text| format!("({text} collate \"default\")"))
                .ok_or_else(|| Fault::wrong_type("unique_normalized", column, "it takes text"))?;
            for word in &self.ignore {
                key = match word.as_str() {
                    "case" => format!("lower({key})"),
                    "width" => format!("normalize({key}, NFKC)"),
                    "punctuation" => format!(r"regexp_replace({key}, '[[:punct:]]+', '', 'g')"),
                    _ => format!(r"regexp_replace({key}, '\s+', '', 'g')"),
                };
            }
            keys.push(key);
        }
        let present: Vec<String> =
            self.columns.iter().map(|column| format!("{} is not null", statement::column(column))).collect();
        let filter = present.join(" and ");
        let distinct = match keys.as_slice() {
            [key] => format!("pg_catalog.hashtextextended({key}, 0)"),
            keys => format!("row({})", keys.join(", ")),
        };
        Ok(Fragments {
            targets: vec![format!(
                "(count(*) filter (where {filter}) - count(distinct {distinct}) filter (where {filter}))::text"
            )],
            failing: Some(Failing::Repeated { keys, filter, hash: None }),
            ..Fragments::default()
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        match figures.groups {
            Some(found) => Reading::Failed {
                rows: found.surplus,
                evidence: format!(
                    "surplus but for {}; {} repeated, in {} rows",
                    self.ignore.join(" and "),
                    found.groups,
                    found.rows
                ),
                seen: None,
            },
            None => Reading::of_rows(figures, format!("surplus but for {}", self.ignore.join(" and "))),
        }
    }
}
