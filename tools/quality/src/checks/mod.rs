//! The check types: one file each, with its options, its SQL, its reading of the figures.
//!
//! | type | a row fails when | NULL |
//! |---|---|---|
//! | `not_null` | the column is NULL | fails |
//! | `unique` | an earlier row has the same values (surplus rows) | a row with a NULL is never a duplicate |
//! | `accepted_values` | the value is not in the list | passes |
//! | `range` | the value is below `min` or above `max`, or NaN | passes |
//! | `regex` | the pattern does not match | passes |
//! | `foreign_key` | no row of the parent has the value | passes |
//! | `row_count`, `freshness` | (one verdict for the table) | left out |
//!
//! A new type is a new file and one line in `TYPES`.

mod accepted_values;
mod foreign_key;
mod freshness;
mod not_null;
mod range;
mod regex;
mod row_count;
mod tolerance;
mod unique;

use std::fmt;

use pgwright_postgres::catalog::Column;
use pgwright_sql::RelationName;

use crate::document::{InlineCheck, Mistake};
use crate::subject::Subject;

pub use tolerance::{Severity, Tolerance};

/// What a document can name.
pub(crate) struct CheckType {
    /// The name in answers.
    pub(crate) name: &'static str,
    /// Other names that documents may use for it.
    pub(crate) aliases: &'static [&'static str],
    /// The options it takes beside those that every check takes.
    pub(crate) options: &'static [&'static str],
    /// Reads its options.
    pub(crate) read: fn(&InlineCheck) -> Result<Box<dyn Rule>, Mistake>,
}

impl CheckType {
    /// Whether it takes that option. What counts failing rows takes bands, too.
    pub(crate) fn takes(&self, option: &str) -> bool {
        let band = matches!(option, "warn" | "fail");
        self.options.contains(&if band { "max_failed" } else { option })
    }
}

/// Every check type.
pub(crate) const TYPES: &[CheckType] = &[
    not_null::TYPE,
    unique::TYPE,
    accepted_values::TYPE,
    range::TYPE,
    regex::TYPE,
    row_count::TYPE,
    freshness::TYPE,
    foreign_key::TYPE,
];

/// The names of all types.
pub(crate) fn type_names() -> Vec<&'static str> {
    TYPES.iter().map(|known| known.name).collect()
}

/// The type of that name or alias.
pub(crate) fn check_type(name: &str) -> Option<&'static CheckType> {
    TYPES.iter().find(|known| known.name == name || known.aliases.contains(&name))
}

/// One check, read and complete.
#[derive(Debug)]
pub struct CheckSpec {
    /// What answers call it: the name it was given, or one made from its type and columns.
    pub name: String,
    /// The check type.
    pub kind: &'static str,
    /// How many rows may fail.
    pub tolerance: Tolerance,
    /// Beyond this many a check that does not fail warns.
    pub warn: Option<Tolerance>,
    /// What a failure means.
    pub severity: Severity,
    /// Whether the catalogue's word is enough; without it every row is read.
    pub prove: bool,
    pub(crate) rule: Box<dyn Rule>,
}

impl CheckSpec {
    /// The columns that it reads.
    pub fn columns(&self) -> Vec<&str> {
        self.rule.columns()
    }
}

/// What a check type is to the compiler.
pub(crate) trait Rule: fmt::Debug + Send + Sync {
    /// The columns it reads, in the order in which samples show them.
    fn columns(&self) -> Vec<&str>;
    /// The table that a foreign key points to.
    fn parent(&self) -> Option<&RelationName> {
        None
    }
    /// The columns it reads of that table.
    fn parent_columns(&self) -> Vec<&str> {
        Vec::new()
    }
    /// What it needs of the scan, or why it cannot be evaluated on this table.
    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault>;
    /// What the figures of its own targets say.
    fn read(&self, figures: &Figures<'_>) -> Reading;
    /// The catalogue's word that no row fails, where it has one: the constraint that says so.
    fn proof(&self, _subject: &Subject) -> Option<String> {
        None
    }
}

/// What a rule compiles against.
pub(crate) struct Ground<'a> {
    /// The table.
    pub(crate) subject: &'a Subject,
    /// The server, e.g. 150018.
    pub(crate) version: u32,
    /// An alias that no other check of the scan uses.
    pub(crate) alias: String,
}

impl Ground<'_> {
    /// The column of that name, or the fault that names the nearest.
    pub(crate) fn column(&self, name: &str) -> Result<&Column, Fault> {
        self.subject.table.column(name).ok_or_else(|| Fault::unknown_column(&self.subject.table, name))
    }
}

/// The SQL of one check. The table's alias is `t`.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    /// Aggregates, each of type text. A row check's first figure is made from [`failing`](Self::failing) and stands before
    /// these.
    pub(crate) targets: Vec<String>,
    /// A join that neither drops nor repeats a row of `t`.
    pub(crate) join: Option<String>,
    /// Which rows fail.
    pub(crate) failing: Option<Failing>,
    /// Whether the time it takes depends on what the caller wrote.
    pub(crate) costly: bool,
    /// A constant query that fails when an option is no good, to be run first.
    pub(crate) probe: Option<String>,
    /// Why rows that seem to fail may be good: a failure is unknown then.
    pub(crate) doubt: Option<String>,
}

/// Which rows fail.
#[derive(Debug, Clone)]
pub(crate) enum Failing {
    /// Those for which the predicate holds; counted in the shared scan.
    Where(String),
    /// The same, counted by a statement of its own because the predicate would slow the shared one.
    WhereAlone(String),
    /// The surplus rows of groups that agree in these expressions, among the rows for which the filter holds. The first
    /// target counts them.
    Repeated {
        /// What must differ.
        keys: Vec<String>,
        /// Which rows count at all.
        filter: String,
    },
}

/// The figures of one check, as PostgreSQL wrote them.
pub(crate) struct Figures<'a> {
    /// One for each target; `None` is NULL.
    pub(crate) values: &'a [Option<String>],
    /// Rows of the table, where a scan counted them.
    pub(crate) total_rows: Option<u64>,
    /// Groups and the rows in them, where duplicates were confirmed.
    pub(crate) groups: Option<Groups>,
}

/// Duplicates, counted exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups {
    /// Values that occur more than once.
    pub groups: u64,
    /// Rows that hold them.
    pub rows: u64,
    /// Rows beyond the first of each group.
    pub surplus: u64,
}

impl Figures<'_> {
    pub(crate) fn text(&self, at: usize) -> Option<&str> {
        self.values.get(at).and_then(Option::as_deref)
    }

    pub(crate) fn count(&self, at: usize) -> Option<u64> {
        self.text(at).and_then(|text| text.parse().ok())
    }

    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        self.text(at).and_then(|text| text.parse().ok())
    }
}

/// What the figures of a check say, before tolerance and severity.
#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    /// So many rows fail. What was seen of their values stands apart from the evidence.
    Failed { rows: u64, evidence: String, seen: Option<String> },
    /// One statement about the table holds, or doesn't.
    Met { met: bool, evidence: String, seen: Option<String> },
    /// The figures don't say.
    Unknown { evidence: String },
}

impl Reading {
    /// The reading of a check whose first figure counts failing rows.
    pub(crate) fn of_rows(figures: &Figures<'_>, evidence: impl Into<String>) -> Self {
        match figures.count(0) {
            Some(rows) => Self::Failed { rows, evidence: evidence.into(), seen: None },
            None => Self::Unknown { evidence: "PostgreSQL gave no count".to_owned() },
        }
    }
}

/// Why a check cannot be evaluated on this table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No such column.
    #[error("no column {column} in {table}{}", nearest_names(.nearest))]
    UnknownColumn {
        /// The table looked in.
        table: String,
        /// The name asked for.
        column: String,
        /// Columns spelt alike.
        nearest: Vec<String>,
    },
    /// The check means nothing for a column of this type.
    #[error("{check} does not fit {column}, which is {type_name}: {needs}")]
    WrongType {
        /// The check type.
        check: &'static str,
        /// The column.
        column: String,
        /// Its type.
        type_name: String,
        /// What it would take.
        needs: String,
    },
    /// The parent of a foreign key was not found.
    #[error("{0}")]
    Parent(String),
    /// PostgreSQL, or the guard before it, refused the statement of this check.
    #[error("{message} ({code}){}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Refused {
        /// SQLSTATE, or pgwright's own code.
        code: String,
        /// What was said, without cell values.
        message: String,
        /// What would mend it.
        hint: Option<String>,
    },
    /// The run ended before this check's turn.
    #[error("not evaluated: {0}")]
    NotReached(String),
}

impl Fault {
    pub(crate) fn unknown_column(table: &pgwright_postgres::catalog::Table, column: &str) -> Self {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let nearest = pgwright_postgres::nearest(column, names, |name| (*name).to_owned());
        Self::UnknownColumn {
            table: table.name.to_string(),
            column: column.to_owned(),
            nearest: nearest.into_iter().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn wrong_type(check: &'static str, column: &Column, needs: impl Into<String>) -> Self {
        Self::WrongType {
            check,
            column: column.name.clone(),
            type_name: column.type_name.clone(),
            needs: needs.into(),
        }
    }
}

fn nearest_names(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; nearest: {}", names.join(", ")) }
}
