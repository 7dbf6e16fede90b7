//! The check types: one file each, with its options, its SQL, its reading of the figures.
//!
//! Whatever counts failing rows says in its file which rows fail, and what NULL does. A new type is a new file and one line
//! in `FAMILIES`; the comment that opens the file is its page in `docs/checks`.

mod aggregate;
mod anomaly;
mod by_group;
mod compare;
mod complete;
mod distinct_set;
mod distribution;
mod duplicate_rows;
mod expectation;
mod extent;
mod finite;
pub(crate) mod format;
mod freshness;
mod gaps;
mod in_set;
mod interval;
mod json;
mod length;
mod missing;
mod monotonic;
mod not_in_future;
mod outliers;
mod parseable;
mod pii;
mod range;
mod reconcile;
mod references;
mod regex;
mod required_if;
mod row_condition;
mod row_count;
mod schema;
mod span;
mod sql;
mod text_form;
mod tolerance;
mod unique;
mod unique_normalized;

use std::fmt;
use std::time::Duration;

use pgwright_postgres::catalog::Column;
use pgwright_sql::RelationName;

use crate::document::{ALWAYS, InlineCheck, Mistake, about};
use crate::subject::Subject;

pub use anomaly::{Anomaly, Past, Strangeness};
pub(crate) use extent::share;
pub use extent::{Extent, Watermark};
pub use interval::Interval;
pub(crate) use span::{moment, seconds};
pub use tolerance::{Severity, Tolerance};

/// What a document can name.
pub(crate) struct CheckType {
    /// The standard name.
    pub(crate) name: &'static str,
    /// For people: the title of its page.
    pub(crate) title: &'static str,
    /// Other names that documents may use for it.
    pub(crate) aliases: &'static [&'static str],
    /// The options it takes beside those that every check takes.
    pub(crate) options: &'static [&'static str],
    /// Whether it counts failing rows, so that a tolerance and bands fit it.
    pub(crate) counts: bool,
    /// Whether it measures one value, so that `expect` and `anomaly` fit it.
    pub(crate) measures: bool,
    /// Reads its options.
    pub(crate) read: Reader,
}

type Reader = fn(&InlineCheck) -> Result<Box<dyn Rule>, Mistake>;

/// Options of whatever counts failing rows.
const OF_COUNTS: &[&str] = &["max_failed", "warn", "fail"];
/// Options of whatever measures a value.
const OF_MEASURES: &[&str] = &["expect", "min", "max", "anomaly"];

impl CheckType {
    /// Whether it takes that option.
    pub(crate) fn takes(&self, option: &str) -> bool {
        self.options.contains(&option)
            || (self.counts && OF_COUNTS.contains(&option))
            || (self.measures && OF_MEASURES.contains(&option))
            || ALWAYS.contains(&option)
    }

    /// The options that are its own.
    pub(crate) fn all_options(&self) -> Vec<&'static str> {
        let counts = OF_COUNTS.iter().filter(|_| self.counts);
        let measures = OF_MEASURES.iter().filter(|_| self.measures);
        self.options.iter().chain(counts).chain(measures).copied().collect()
    }
}

const fn counting(
    name: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    options: &'static [&'static str],
    read: Reader,
) -> CheckType {
    CheckType { counts: true, ..stating(name, title, aliases, options, read) }
}

const fn measuring(
    name: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    options: &'static [&'static str],
    read: Reader,
) -> CheckType {
    CheckType { measures: true, ..stating(name, title, aliases, options, read) }
}

const fn stating(
    name: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    options: &'static [&'static str],
    read: Reader,
) -> CheckType {
    CheckType { name, title, aliases, options, counts: false, measures: false, read }
}

/// The types by the file that they stand in.
const FAMILIES: &[(&str, &[CheckType])] = &[
    ("missing", &[missing::TYPE]),
    ("unique", &[unique::TYPE]),
    ("in_set", in_set::TYPES),
    ("range", &[range::TYPE]),
    ("regex", regex::TYPES),
    ("row_count", &[row_count::TYPE]),
    ("freshness", &[freshness::TYPE]),
    ("references", &[references::TYPE]),
    ("complete", &[complete::TYPE]),
    ("required_if", &[required_if::TYPE]),
    ("duplicate_rows", &[duplicate_rows::TYPE]),
    ("unique_normalized", &[unique_normalized::TYPE]),
    ("distinct_set", &[distinct_set::TYPE]),
    ("length", &[length::TYPE]),
    ("format", &[format::TYPE]),
    ("parseable", &[parseable::TYPE]),
    ("text_form", text_form::TYPES),
    ("finite", &[finite::TYPE]),
    ("not_in_future", &[not_in_future::TYPE]),
    ("json", &[json::TYPE]),
    ("compare", &[compare::TYPE]),
    ("row_condition", &[row_condition::TYPE]),
    ("sql", sql::TYPES),
    ("aggregate", aggregate::TYPES),
    ("by_group", by_group::TYPES),
    ("outliers", &[outliers::TYPE]),
    ("distribution", distribution::TYPES),
    ("gaps", gaps::TYPES),
    ("monotonic", &[monotonic::TYPE]),
    ("reconcile", reconcile::TYPES),
    ("schema", schema::TYPES),
    ("pii", &[pii::TYPE]),
];

/// An option and what it means.
pub type Meaning = (&'static str, &'static str);
/// The check types of one file, by its name.
pub type Family = (&'static str, Vec<Described>);

/// What a page says of a check type.
#[derive(Debug)]
pub struct Described {
    /// Its standard name.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Its own options, each with its meaning.
    pub options: Vec<Meaning>,
}

/// The check types by the file that they stand in, and the options that all of them take.
pub fn described() -> (Vec<Family>, Vec<Meaning>) {
    let meanings = |names: Vec<&'static str>| names.into_iter().map(|name| (name, about(name))).collect();
    let families = FAMILIES
        .iter()
        .map(|(file, types)| {
            let types = types.iter().map(|known| Described {
                name: known.name,
                title: known.title,
                aliases: known.aliases,
                options: meanings(known.all_options()),
            });
            (*file, types.collect())
        })
        .collect();
    (families, meanings(ALWAYS.to_vec()))
}

/// Every check type.
pub(crate) fn types() -> impl Iterator<Item = &'static CheckType> {
    FAMILIES.iter().flat_map(|(_, types)| types.iter())
}

/// The standard names of all types.
pub(crate) fn type_names() -> Vec<&'static str> {
    types().map(|known| known.name).collect()
}

/// The type of that name or alias, and the name as it was written.
pub(crate) fn check_type(name: &str) -> Option<(&'static CheckType, &'static str)> {
    types().find_map(|known| {
        let mut names = std::iter::once(known.name).chain(known.aliases.iter().copied());
        names.find(|known| *known == name).map(|written| (known, written))
    })
}

/// One check, read and complete.
#[derive(Debug)]
pub struct CheckSpec {
    /// What answers call it: the name it was given, or one made from its type and columns.
    pub name: String,
    /// The check type, in the words of whoever wrote the check.
    pub kind: &'static str,
    /// Its standard name.
    pub standard: &'static str,
    /// How many rows may fail.
    pub tolerance: Tolerance,
    /// Beyond this many a check that does not fail warns.
    pub warn: Option<Tolerance>,
    /// What a failure means.
    pub severity: Severity,
    /// Whether the catalogue's word is enough; without it every row is read.
    pub prove: bool,
    /// Which rows it is about.
    pub extent: Extent,
    /// Whether failing rows are shown.
    pub samples: Samples,
    /// How long its statement may take.
    pub timeout: Option<Duration>,
    /// What it counts in the score.
    pub weight: f64,
    /// Where failing rows would be copied to.
    pub quarantine: Option<RelationName>,
    /// How its value is judged by those before it.
    pub anomaly: Option<Anomaly>,
    pub(crate) rule: Box<dyn Rule>,
}

impl CheckSpec {
    /// The columns that it reads.
    pub fn columns(&self) -> Vec<&str> {
        self.rule.columns()
    }

    /// Makes it read a sample, unless it says itself how much it reads.
    pub(crate) fn sampled(&mut self, percent: f64) {
        if self.extent.sample.is_none() && percent < 100.0 {
            self.extent.sample = Some(percent);
        }
    }
}

/// Whether failing rows are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Samples {
    /// Some, masked.
    #[default]
    Masked,
    /// None.
    Off,
}

/// What a check type is to the compiler.
pub(crate) trait Rule: fmt::Debug + Send + Sync {
    /// The columns it reads, in the order in which samples show them.
    fn columns(&self) -> Vec<&str>;
    /// The other table that it reads.
    fn parent(&self) -> Option<&RelationName> {
        None
    }
    /// The columns it reads of that table.
    fn parent_columns(&self) -> Vec<&str> {
        Vec::new()
    }
    /// Whether it asks of a value more than whether it is there, or there twice: what it is compared with is the caller's
    /// choice, and with enough of that any value is found.
    fn steers(&self) -> bool {
        true
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
    /// The rows to check, as what stands behind FROM: `t`.
    pub(crate) rows: String,
    /// Whether nothing but the table stands there, so that it may be joined.
    pub(crate) whole: bool,
}

impl Ground<'_> {
    /// The columns of those names.
    pub(crate) fn columns(&self, names: &[String]) -> Result<Vec<&Column>, Fault> {
        names.iter().map(|name| self.column(name)).collect()
    }

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
    /// A statement of its own that gives all figures in one row.
    pub(crate) own: Option<String>,
    /// Which of its figures is the number of rows looked at, if one is.
    pub(crate) total: Option<usize>,
    /// Whether SQL of whoever wrote the check stands in it.
    pub(crate) quoted: bool,
    /// What the catalogue alone says.
    pub(crate) known: Option<Reading>,
    /// How failing rows are found, where the predicate does not say it.
    pub(crate) sample: Option<OwnSample>,
}

/// A statement that gives failing rows.
#[derive(Debug, Clone)]
pub(crate) struct OwnSample {
    /// What its columns are called; those of the table by their names.
    pub(crate) columns: Vec<String>,
    /// The statement; every column is text.
    pub(crate) sql: String,
}

impl Fragments {
    /// Rows for which the predicate holds fail.
    pub(crate) fn failing(predicate: impl Into<String>) -> Self {
        Self { failing: Some(Failing::Where(predicate.into())), ..Self::default() }
    }

    /// What one row of a statement says.
    pub(crate) fn own(sql: impl Into<String>) -> Self {
        Self { own: Some(sql.into()), ..Self::default() }
    }

    /// What the catalogue says without a statement.
    pub(crate) fn known(reading: Reading) -> Self {
        Self { known: Some(reading), ..Self::default() }
    }
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
        /// A hash of the keys that equal ones share, if there is one.
        hash: Option<String>,
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
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// So many rows fail. What was seen of their values stands apart from the evidence.
    Failed { rows: u64, evidence: String, seen: Option<String> },
    /// One statement about the table holds, or doesn't.
    Met { met: bool, evidence: String, seen: Option<String>, value: Option<String> },
    /// The figures don't say.
    Unknown { evidence: String },
}

impl Reading {
    /// The reading of a statement about the whole table.
    pub(crate) fn met(met: bool, evidence: impl Into<String>) -> Self {
        Self::Met { met, evidence: evidence.into(), seen: None, value: None }
    }

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
    /// The check means nothing on this table.
    #[error("{0}")]
    Unfit(String),
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
