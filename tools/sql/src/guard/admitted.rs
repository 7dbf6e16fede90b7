//! A statement that the guard let through, and what it touches.

use std::sync::Arc;

use serde::Serialize;

use super::builtin::{self, Standing};
use super::refusal::Refusal;
use crate::{FunctionName, RelationName, TypeName};

/// What kind of statement was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// `SELECT`, `VALUES`, `TABLE` or `WITH`.
    Query,
    /// `EXPLAIN` of a query.
    Explain {
        /// Whether it runs the query (`ANALYZE`).
        analyze: bool,
    },
    /// `SHOW` of a setting.
    Show,
    /// A change of rows, or a query that locks or changes some: to be planned, never run.
    Change,
}

/// A call by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FunctionCall {
    /// What is called.
    pub function: FunctionName,
    /// With how many arguments; nothing where that can't be told (`variadic`, `within group`, `substring(… from …)`).
    pub arguments: Option<u16>,
}

/// One statement that can only read, or, where it was [admitted to be planned](super::admit_to_plan), one that changes rows.
/// Made by the guard and by nothing else; a copy is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted(pub(super) Arc<Reading>);

/// What was read of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) sql: String,
    pub(super) kind: StatementKind,
    pub(super) functions: Vec<FunctionName>,
    pub(super) calls: Vec<FunctionCall>,
    pub(super) attributes: Vec<String>,
    pub(super) relations: Vec<RelationName>,
    pub(super) targets: Vec<RelationName>,
    pub(super) operators: Vec<String>,
    pub(super) types: Vec<TypeName>,
    pub(super) has_star: bool,
    pub(super) parameters: u16,
}

impl Admitted {
    /// The one statement, without a trailing semicolon or what follows it.
    pub fn sql(&self) -> &str {
        &self.0.sql
    }

    /// What kind of statement it is.
    pub fn kind(&self) -> StatementKind {
        self.0.kind
    }

    /// Refuses to run what was admitted to be planned only.
    pub fn may_run(&self) -> Result<(), Refusal> {
        if self.is_read_only() {
            return Ok(());
        }
        let message = "this statement changes or locks rows, so it can be planned, not run";
        Err(Refusal::at(self.sql(), 0, "not_read_only", message, "its plan alone"))
    }

    /// Whether it can only read. What cannot is planned, never run.
    pub fn is_read_only(&self) -> bool {
        self.kind() != StatementKind::Change
    }

    /// Every function called by name, anywhere in the statement; sorted, each once.
    ///
    /// None of them is a built-in function that is refused. A bare name of an allowed one may still reach a function of
    /// another schema, by its argument types or by the search path.
    pub fn functions(&self) -> &[FunctionName] {
        &self.0.functions
    }

    /// The calls of [`functions`](Self::functions), each number of arguments once; sorted.
    pub fn calls(&self) -> &[FunctionCall] {
        &self.0.calls
    }

    /// Those of [`functions`](Self::functions) that are not known to be built in: only the database can judge them.
    pub fn foreign_functions(&self) -> impl Iterator<Item = &FunctionName> {
        self.0.functions.iter().filter(|function| builtin::standing(function) == Standing::Foreign)
    }

    /// Every name after a dot in an expression, as in `t.name` and `(value).name`; sorted, each once.
    ///
    /// These are calls too: where there is no such column, PostgreSQL calls the function of that name with what stands
    /// before the dot, be it a row or a scalar. `('/etc/passwd'::text).pg_read_file` reads the file. So each must be a column,
    /// or a function that would be let through by its name.
    pub fn attributes(&self) -> &[String] {
        &self.0.attributes
    }

    /// Every relation named in a `FROM`, `TABLE` or the like, without the names of its own CTEs; sorted, each once.
    pub fn relations(&self) -> &[RelationName] {
        &self.0.relations
    }

    /// Those of [`relations`](Self::relations) whose rows it would change, were it run; sorted, each once.
    pub fn targets(&self) -> &[RelationName] {
        &self.0.targets
    }

    /// Every operator by its sign, as PostgreSQL looks it up; sorted, each once.
    ///
    /// Words are told by the sign they mean: `like` is `~~`, `in` is `=`. What compares without a word or a sign of its own
    /// (`order by`, `distinct`, `group by`) uses the default operators of its type, and is not among them.
    pub fn operators(&self) -> &[String] {
        &self.0.operators
    }

    /// Every type named: in casts, `type 'literal'`, column definition lists, XMLTABLE, JSON_TABLE and RETURNING; sorted,
    /// each once.
    pub fn types(&self) -> &[TypeName] {
        &self.0.types
    }

    /// Whether all columns of something are asked for without their names: `*`, `t.*`, `(value).*` or `TABLE t`.
    pub fn has_star(&self) -> bool {
        self.0.has_star
    }

    /// About how much memory it holds.
    pub(super) fn bytes(&self) -> usize {
        const NAME: usize = 64;
        let names = self.functions().len()
            + self.calls().len()
            + self.attributes().len()
            + self.relations().len()
            + self.operators().len()
            + self.types().len();
        size_of::<Reading>() + self.sql().len() + names * NAME
    }

    /// The highest `$n`, 0 without parameters.
    pub fn parameters(&self) -> u16 {
        self.0.parameters
    }
}
