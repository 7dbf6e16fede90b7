//! What a statement asks of each table it reads: plain values, without the syntax tree.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::RelationName;

/// What one statement asks of the tables it reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Analysis {
    /// One entry per occurrence of a table or view in a `FROM`, in the order of the text: a self-join gives two.
    pub tables: Vec<TableUse>,
    /// Columns that could not be given to one table, as they were written.
    pub unresolved: BTreeSet<String>,
}

/// One occurrence of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableUse {
    /// The relation as written; a missing schema is left to the search path.
    pub relation: RelationName,
    /// The name it goes by in the statement, when it was given one.
    pub alias: Option<String>,
    /// How many subqueries this occurrence is inside of. A derived table or CTE is none, unless it is `LATERAL`.
    pub depth: u16,
    /// What the statement does with the rows.
    pub access: Access,
    /// Conditions that every row must meet, without joins.
    pub predicates: Vec<Predicate>,
    /// Columns that are equal to a column of another table.
    pub joins: Vec<JoinColumn>,
    /// The leading sort keys, as far as they are this table's own.
    pub order_by: Vec<SortKey>,
    /// Whether `order_by` is the whole order of its query, so that an index can stand for the sort.
    pub order_is_complete: bool,
    /// Grouping keys that are this table's own.
    pub group_by: Vec<Subject>,
    /// Windows whose keys are all this table's own: an index on them gives the rows in order.
    pub windows: Vec<WindowKeys>,
    /// What only `min` and `max` are taken of, over all of this one table's rows: an index that ends in it reads one row.
    pub extremes: Vec<Subject>,
    /// Columns in the select list of its query.
    pub projected: ColumnsUsed,
    /// Columns that the statement reads anywhere: what a covering index must hold.
    pub used: ColumnsUsed,
    /// A `LIMIT` or `FETCH` cuts its query, and nothing aggregates the rows before it.
    pub limited: bool,
}

impl TableUse {
    pub(super) fn new(relation: RelationName, alias: Option<String>, depth: u16) -> Self {
        Self {
            relation,
            alias,
            depth,
            access: Access::Read,
            predicates: Vec::new(),
            joins: Vec::new(),
            order_by: Vec::new(),
            order_is_complete: false,
            group_by: Vec::new(),
            windows: Vec::new(),
            extremes: Vec::new(),
            projected: ColumnsUsed::default(),
            used: ColumnsUsed::default(),
            limited: false,
        }
    }
}

/// What a statement does with the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Reads them.
    Read,
    /// Adds rows.
    Insert,
    /// Changes these columns.
    Update(BTreeSet<String>),
    /// Removes them.
    Delete,
}

/// A condition on one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Predicate {
    /// What is compared.
    pub subject: Subject,
    /// How.
    pub kind: PredicateKind,
}

/// What an index could be built on: a column, or an expression over columns of one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A bare column: a plain index serves it.
    Column(String),
    /// A function, cast or operator over columns: only an index on the same expression serves it.
    Expression {
        /// The expression without table qualifiers, ready for `CREATE INDEX`.
        expression: String,
        /// The columns in it.
        columns: BTreeSet<String>,
    },
}

impl Subject {
    /// The column, if it is a bare one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) => Some(column),
            Self::Expression { .. } => None,
        }
    }
}

/// How a subject is compared. Values are SQL text as written, for look-ups in the statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PredicateKind {
    /// `= value`
    Equality(Value),
    /// `<> value`
    Inequality(Value),
    /// `in (…)`, or an `or` of equalities on the same subject.
    In(Vec<Value>),
    /// `not in (…)`
    NotIn(Vec<Value>),
    /// `= any (array)`
    EqualsAny(Value),
    /// `<`, `<=`, `>`, `>=`, `between`; both ends of one subject are joined.
    Range {
        /// The lower end.
        lower: Option<Bound>,
        /// The upper end.
        upper: Option<Bound>,
    },
    /// `is null`
    IsNull,
    /// `is not null`
    IsNotNull,
    /// A boolean column by itself, or `not` it.
    Boolean(bool),
    /// `like 'prefix…'`: a range, where the collation or the operator class allows it.
    LikePrefix {
        /// What stands before the first wildcard, unescaped.
        prefix: String,
        /// The whole pattern.
        pattern: String,
    },
    /// `like '%…'`, a pattern that is not constant, or `ilike`.
    LikeOther {
        /// The pattern.
        pattern: Value,
        /// `ilike`
        case_insensitive: bool,
    },
    /// Any other operator that an index may know, such as `@>`, `&&`, `@@`, `~`.
    Operator {
        /// The operator's sign.
        operator: String,
        /// The other operand.
        value: Value,
    },
    /// An `or`: for each arm, its conditions on this table. An empty arm lets every row through.
    Or(Vec<Vec<Predicate>>),
    /// A condition that no index serves, as SQL text.
    Other(String),
}

/// What a subject is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A literal as SQL text, such as `'x'`, `-1`, `DATE '1994-01-01'`.
    Constant(String),
    /// `$n`
    Parameter(u16),
    /// An expression without columns, such as `now() - interval '1 day'`.
    Expression(String),
    /// A scalar subquery.
    Subquery(String),
    /// An expression over rows of other tables, known for each of their rows only.
    OtherRow(String),
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// The value.
    pub value: Value,
    /// Whether the value itself is within.
    pub inclusive: bool,
}

/// A column of this table that equals a column of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JoinColumn {
    /// This table's column.
    pub column: String,
    /// The other table.
    pub other: RelationName,
    /// The other table's column.
    pub other_column: String,
    /// The other occurrence: an index into [`Analysis::tables`].
    pub other_use: usize,
    /// What kind of join it is.
    pub kind: JoinKind,
    /// Whether rows of this table may be looked up by rows of the other, so that an index on `column` can help a nested loop.
    /// Not so for the side that an outer join keeps.
    pub lookup: bool,
}

/// What kind of join two columns meet in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinKind {
    /// An inner join.
    Inner,
    /// A left, right or full join.
    Outer,
    /// `exists (…)` or `in (select …)`.
    Semi,
    /// `not exists (…)`.
    Anti,
    /// A subquery that runs for each outer row.
    Correlated,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SortKey {
    /// What is sorted by.
    pub subject: Subject,
    /// `desc`
    pub descending: bool,
    /// Where nulls go, with PostgreSQL's default filled in.
    pub nulls_first: bool,
}

/// The keys of one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowKeys {
    /// `partition by`
    pub partition_by: Vec<Subject>,
    /// `order by`
    pub order_by: Vec<SortKey>,
}

/// Which columns of a table are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnsUsed {
    /// The columns by name.
    pub columns: BTreeSet<String>,
    /// The whole row is read (`*`, or the row as a value), whatever columns it has.
    pub whole_row: bool,
}
