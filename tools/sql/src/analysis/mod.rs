//! What a statement asks of each table: predicates, joins, order, grouping, columns.
//!
//! An index adviser and the rewrites reason on this instead of on a syntax tree. Columns are given to tables by the
//! catalogue that the caller hands in, never by guessing from text; what stays ambiguous is reported as unresolved.
//!
//! Conditions count where they filter rows: under the top-level `AND` of a `WHERE`, or of the `ON` of a join on the side
//! that it can drop. They go down through derived tables and CTEs as far as PostgreSQL's planner sends them.

mod aggregate;
mod model;
mod operand;
mod order;
mod parameter_values;
mod predicate;
mod query;
mod scope;
#[cfg(test)]
mod tests;
mod typed_parameters;

use std::collections::{BTreeMap, HashMap};

use sqlparser::{ast::Statement, dialect::PostgreSqlDialect, parser::Parser};

pub use model::{
    Access, Analysis, Bound, ColumnsUsed, JoinColumn, JoinKind, Predicate, PredicateKind, SortKey, Subject,
    TableUse, Value, WindowKeys,
};
pub use parameter_values::{parameters_behind, with_values};
pub(crate) use scope::written;
pub use typed_parameters::cast_typed_parameters;

use crate::{
    RelationName,
    guard::{Refusal, bounded},
    stack::{StackError, on_large_stack},
};

/// Nesting that the guard's caps let through never reaches it.
const RECURSION_LIMIT: usize = 2_000;

/// The columns of relations that are known.
pub trait Columns: Sync {
    /// The columns of `relation` in their order, or `None` if it is not known. A name without a schema is looked up on the
    /// search path by the implementation.
    fn columns(&self, relation: &RelationName) -> Option<&[String]>;
}

/// No catalogue: columns are given to a table only where the statement says so or there is one table.
impl Columns for () {
    fn columns(&self, _: &RelationName) -> Option<&[String]> {
        None
    }
}

impl Columns for BTreeMap<RelationName, Vec<String>> {
    fn columns(&self, relation: &RelationName) -> Option<&[String]> {
        self.get(relation).map(Vec::as_slice)
    }
}

impl<S: std::hash::BuildHasher + Sync> Columns for HashMap<RelationName, Vec<String>, S> {
    fn columns(&self, relation: &RelationName) -> Option<&[String]> {
        self.get(relation).map(Vec::as_slice)
    }
}

/// Why a statement could not be analysed. It is to be reported and skipped, never fatal.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// It is too large or too deep to be parsed safely, or it is not one statement.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The parser does not know this syntax.
    #[error("the advisor's parser does not know this syntax: {0}")]
    Syntax(String),
    /// It is no query, `INSERT`, `UPDATE`, `DELETE` or `EXPLAIN` of one.
    #[error("only queries and INSERT, UPDATE, DELETE are analysed")]
    Kind,
    /// The parser gave up.
    #[error("the advisor's parser failed on this statement")]
    Failed,
}

/// What one statement asks of the tables it reads. It need not be read-only: workloads hold writes too.
pub fn analyse(sql: &str, catalog: &dyn Columns) -> Result<Analysis, AnalysisError> {
    let statement = bounded(sql)?.sql;
    let statement = cast_typed_parameters(statement);
    on_large_stack(|| {
        let mut parser = Parser::new(&PostgreSqlDialect {})
            .with_recursion_limit(RECURSION_LIMIT)
            .try_with_sql(&statement)
            .map_err(|error| AnalysisError::Syntax(error.to_string()))?;
        let statements =
            parser.parse_statements().map_err(|error| AnalysisError::Syntax(error.to_string()))?;
        let [statement] = statements.as_slice() else { return Err(AnalysisError::Kind) };
        let statement = match statement {
            Statement::Explain { statement, .. } => statement,
            other => other,
        };
        query::analyse(statement, catalog).ok_or(AnalysisError::Kind)
    })
    .unwrap_or_else(|failed: StackError| match failed {
        StackError::Spawn(_) | StackError::Panicked => Err(AnalysisError::Failed),
    })
}
