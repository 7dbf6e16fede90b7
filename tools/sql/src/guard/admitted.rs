//! A statement that the guard let through, and what it touches.

use serde::Serialize;

use crate::{FunctionName, RelationName};

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
}

/// One statement that can only read. Made by [`guard::admit`](super::admit) and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    pub(super) sql: String,
    pub(super) kind: StatementKind,
    pub(super) functions: Vec<FunctionName>,
    pub(super) attributes: Vec<String>,
    pub(super) relations: Vec<RelationName>,
    pub(super) parameters: u16,
}

impl Admitted {
    /// The one statement, without a trailing semicolon or what follows it.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What kind of statement it is.
    pub fn kind(&self) -> StatementKind {
        self.kind
    }

    /// Every function called by name, anywhere in the statement; sorted, each once.
    pub fn functions(&self) -> &[FunctionName] {
        &self.functions
    }

    /// Every name after a dot in an expression, as in `t.name` and `(value).name`; sorted, each once.
    ///
    /// These are calls too: where there is no such column, PostgreSQL calls the function of that name with what stands
    /// before the dot, be it a row or a scalar. `('/etc/passwd'::text).pg_read_file` reads the file. So each must be a column,
    /// or a function that would be let through by its name.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// Every relation named in a `FROM`, `TABLE` or the like, without the names of its own CTEs; sorted, each once.
    pub fn relations(&self) -> &[RelationName] {
        &self.relations
    }

    /// The highest `$n`, 0 without parameters.
    pub fn parameters(&self) -> u16 {
        self.parameters
    }
}
