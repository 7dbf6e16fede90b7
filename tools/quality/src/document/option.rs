//! Every option that a check may have: its name, its shape, what it means. The readers, the schemas and the messages are
//! views of this table.

/// What an option's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One word or sentence.
    Text,
    /// One value, as it was written.
    Scalar,
    /// A list of names.
    Texts,
    /// A list of values.
    Values,
    /// Names with a value each.
    Named,
}

/// One option.
#[derive(Debug)]
pub(crate) struct CheckOption {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) about: &'static str,
    /// The words it may be, where these are few.
    pub(crate) words: &'static [&'static str],
    /// Whether an assistant is told of it in the tool's schema; the others are for documents.
    pub(crate) told: bool,
}

const fn told(name: &'static str, shape: Shape, about: &'static str) -> CheckOption {
    CheckOption { name, shape, about, words: &[], told: true }
}

const fn rare(name: &'static str, shape: Shape, about: &'static str) -> CheckOption {
    CheckOption { name, shape, about, words: &[], told: false }
}

const fn words(option: CheckOption, words: &'static [&'static str]) -> CheckOption {
    CheckOption { words, ..option }
}

/// All of them. `type` and, in documents, `table` stand apart.
pub(crate) const OPTIONS: &[CheckOption] = &[
    told("name", Shape::Text, "Shown in the answer."),
    told("column", Shape::Text, "Exact name."),
    told("columns", Shape::Texts, "Several, where the type takes them."),
    told("values", Shape::Values, "in_set, not_in_set, distinct_set, missing: the list."),
    told("pattern", Shape::Text, "regex, not_regex: a PostgreSQL pattern, unanchored."),
    told("min", Shape::Scalar, "Lowest allowed."),
    told("max", Shape::Scalar, "Highest allowed."),
    told("max_age", Shape::Text, "freshness: 90s, 15m, 2h, 1d, 1w."),
    told("references", Shape::Text, "references: `schema.table(column)`."),
    told("max_failed", Shape::Scalar, "Rows that may fail: a count or \"1%\". Default 0."),
    words(told("severity", Shape::Text, "What failing means (default fail)."), &["warn", "fail"]),
    told("prove", Shape::Scalar, "false: scan even if a constraint proves it."),
    told("expect", Shape::Text, "avg, sum, distinct_count …: `> 5`, `between 1 and 9`."),
    told("format", Shape::Text, "format: email, url, uuid, ip, date, iban …"),
    told("expression", Shape::Text, "row_condition: SQL that holds for good rows."),
    told("query", Shape::Text, "sql: gives one number; sql_rows: the failing rows."),
    told("filter", Shape::Text, "SQL condition of the rows to check."),
    rare("warn", Shape::Scalar, "Failing rows beyond which it warns: \"> 0\"."),
    rare("fail", Shape::Scalar, "Failing rows beyond which it fails: \"> 1%\"."),
    rare("when", Shape::Text, "required_if: SQL condition under which the columns must have a value."),
    rare("other", Shape::Text, "The other table, `schema.table`."),
    rare("other_column", Shape::Text, "The other table's column, where it has another name."),
    rare("compare", Shape::Texts, "reconcile_rows: columns whose values must agree."),
    rare("by", Shape::Texts, "row_count_by, aggregate_by: the columns that make the groups."),
    rare("aggregate", Shape::Text, "aggregate_by, reconcile_aggregates: count, sum, avg, min or max."),
    rare("is", Shape::Text, "compare: =, !=, <, <=, > or >= between the first column and the second."),
    words(
        rare("match", Shape::Text, "Which of the columns, values or rows must match."),
        &["all", "any", "equal", "contain", "within", "exact", "order"],
    ),
    rare("blank", Shape::Scalar, "missing: true counts empty and blank text as missing."),
    words(rare("case", Shape::Text, "casing: how text must be written."), &["lower", "upper", "title"]),
    rare("ignore", Shape::Texts, "unique_normalized: case, space, punctuation, width."),
    rare("except", Shape::Texts, "Columns that are left out."),
    rare("as", Shape::Text, "parseable: the type that the text must be readable as."),
    rare("path", Shape::Text, "json: a path that must be there, `$.address.city`."),
    rare("shape", Shape::Text, "json: object, array, string, number or boolean."),
    rare("quantile", Shape::Scalar, "percentile: 0 to 1."),
    rare("method", Shape::Text, "outliers: z, mad or iqr; distribution: psi or chi2."),
    rare("k", Shape::Scalar, "outliers, anomaly: how many deviations are too far."),
    rare("every", Shape::Text, "time_gaps: the step, `1 day`."),
    rare("time_zone", Shape::Text, "time_gaps, not_in_future: the zone of days and of plain timestamps."),
    rare("order_by", Shape::Text, "monotonic: the column that gives the order."),
    rare("strict", Shape::Scalar, "monotonic: true forbids equal neighbours."),
    rare("descending", Shape::Scalar, "monotonic: true for values that fall."),
    rare("shares", Shape::Named, "distribution: the share of each value, 0 to 1."),
    rare("tolerance", Shape::Scalar, "How far two figures may differ: a number or \"1%\"."),
    rare("constraint", Shape::Text, "has_constraint: primary_key, unique, foreign_key, not_null or index."),
    rare("anomaly", Shape::Named, "Judge by the history of its value: {k: 5, min_history: 10}."),
    rare("watermark", Shape::Named, "Only rows since: {column, since, until, overlap}."),
    rare("sample", Shape::Scalar, "Share of rows to read: \"1%\"."),
    words(rare("samples", Shape::Text, "Failing rows in the answer: masked or off."), &["masked", "off"]),
    rare("timeout", Shape::Text, "How long its statement may take: 60s."),
    rare("as_of", Shape::Text, "The moment that counts as now, an ISO timestamp."),
    rare("weight", Shape::Scalar, "Its weight in the score. Default 1."),
    words(rare("count", Shape::Text, "unique: what counts as failing."), &["surplus", "groups", "rows"]),
    rare("quarantine", Shape::Text, "The table that failing rows would be copied to."),
];

/// Options that every type takes.
pub(crate) const ALWAYS: &[&str] = &[
    "name",
    "severity",
    "prove",
    "filter",
    "watermark",
    "sample",
    "samples",
    "timeout",
    "as_of",
    "weight",
    "quarantine",
];

/// The option of that name.
pub(crate) fn option(name: &str) -> Option<&'static CheckOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// The names of all options, `type` first.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("type").chain(OPTIONS.iter().map(|option| option.name))
}

/// What an option means.
pub(crate) fn about(name: &str) -> &'static str {
    option(name).map_or("", |option| option.about)
}
