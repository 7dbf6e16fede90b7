//! One side of a comparison: a column, an expression over columns, or a value.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, TypedString, UnaryOperator, Value as Literal, Visit,
    VisitMut, Visitor, VisitorMut,
};

use super::{
    model::{Subject, Value},
    scope::{Reach, Resolved, Scope, Target},
};
use crate::quote_identifier;

/// What an expression refers to.
#[derive(Debug, Default)]
pub(super) struct References {
    pub(super) columns: Vec<Resolved>,
    /// As written; no table can be named for them.
    pub(super) unresolved: Vec<String>,
    /// Table uses whose whole row is a value.
    pub(super) rows: Vec<usize>,
    pub(super) subqueries: Vec<Query>,
}

impl References {
    /// Everything in `expr` but what is inside its subqueries.
    pub(super) fn of(expr: &Expr, scope: &Scope<'_>) -> Self {
        struct Collect<'a> {
            scope: &'a Scope<'a>,
            found: References,
            inside: usize,
        }
        impl Visitor for Collect<'_> {
            type Break = ();

            fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
                if self.inside == 0 {
                    self.found.subqueries.push(query.clone());
                }
                self.inside += 1;
                ControlFlow::Continue(())
            }

            fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
                self.inside -= 1;
                ControlFlow::Continue(())
            }

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
                if self.inside == 0
                    && let Some(parts) = column_parts(expr)
                {
                    match (self.scope.resolve(parts), parts) {
                        (Some(resolved), _) => self.found.columns.push(resolved),
                        (None, [name]) if self.scope.whole_row(name).is_some() => {
                            self.found.rows.extend(self.scope.whole_row(name));
                        }
                        _ => self.found.unresolved.push(expr.to_string()),
                    }
                }
                ControlFlow::Continue(())
            }
        }
        let mut collect = Collect { scope, found: Self::default(), inside: 0 };
        let _ = expr.visit(&mut collect);
        collect.found
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.columns.iter().flat_map(|column| &column.targets)
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.unresolved.is_empty() && self.rows.is_empty()
    }

    /// Something in it is known for rows only, and not as columns of tables.
    fn has_foreign(&self) -> bool {
        let is_foreign = |column: &Resolved| column.targets.is_empty() || column.reach == Reach::Opaque;
        !self.unresolved.is_empty() || !self.rows.is_empty() || self.columns.iter().any(is_foreign)
    }
}

pub(super) struct Operand {
    pub(super) expr: Expr,
    pub(super) refs: References,
    /// The column, if it is nothing but one.
    pub(super) column: Option<Resolved>,
    /// A subquery in it runs for each row.
    pub(super) is_correlated: bool,
}

impl Operand {
    pub(super) fn read(expr: &Expr, scope: &Scope<'_>) -> Self {
        let expr = peeled(expr).clone();
        let refs = References::of(&expr, scope);
        let column = column_parts(&expr).and_then(|parts| scope.resolve(parts));
        Self { expr, refs, column, is_correlated: false }
    }

    /// What is compared, for each table that the comparison reaches.
    pub(super) fn subjects(&self) -> Vec<(usize, Subject)> {
        if let Some(column) = &self.column {
            let reaches = column.reach > Reach::Opaque && !column.outer;
            let subject = |(table, name): &Target| (*table, Subject::Column(name.clone()));
            return if reaches { column.targets.iter().map(subject).collect() } else { Vec::new() };
        }
        let is_flat =
            |column: &Resolved| column.reach == Reach::Flat && !column.outer && column.targets.len() == 1;
        let tables: BTreeSet<usize> = self.refs.targets().map(|(table, _)| *table).collect();
        match tables.first() {
            Some(&table)
                if tables.len() == 1
                    && self.refs.columns.iter().all(is_flat)
                    && !self.refs.has_foreign()
                    && self.refs.subqueries.is_empty() =>
            {
                let columns = self.refs.targets().map(|(_, name)| name.clone()).collect();
                let names = self.refs.targets().map(|(_, name)| name.clone()).collect();
                vec![(table, Subject::Expression { expression: unqualified(&self.expr, names), columns })]
            }
            _ => Vec::new(),
        }
    }

    /// The tables that it reads here.
    pub(super) fn tables(&self) -> BTreeSet<usize> {
        let local = self.refs.columns.iter().filter(|column| !column.outer && column.reach > Reach::Opaque);
        local.flat_map(|column| &column.targets).map(|(table, _)| *table).collect()
    }

    /// The columns of `table` that it reads here.
    pub(super) fn columns_of(&self, table: usize) -> BTreeSet<String> {
        self.refs.targets().filter(|(other, _)| *other == table).map(|(_, name)| name.clone()).collect()
    }

    /// The single table column behind it, where a join with it is a join with that table.
    pub(super) fn join_target(&self) -> Option<(&Target, &Resolved)> {
        let column = self.column.as_ref()?;
        match column.targets.as_slice() {
            [target] => Some((target, column)),
            _ => None,
        }
    }

    /// It as the value that something of `table` is compared with. `None` if it depends on the row of that table.
    pub(super) fn value_for(&self, table: usize) -> Option<Value> {
        if self.is_correlated || self.refs.targets().any(|(other, _)| *other == table) {
            return None;
        }
        Some(if !self.refs.is_empty() {
            Value::OtherRow(self.expr.to_string())
        } else if !self.refs.subqueries.is_empty() {
            Value::Subquery(self.expr.to_string())
        } else {
            value(&self.expr)
        })
    }
}

/// The parts of a column reference.
pub(super) fn column_parts(expr: &Expr) -> Option<&[Ident]> {
    match expr {
        Expr::Identifier(name) => Some(std::slice::from_ref(name)),
        Expr::CompoundIdentifier(parts) => Some(parts),
        _ => None,
    }
}

/// Without the parentheses around it.
pub(super) fn peeled(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => peeled(inner),
        other => other,
    }
}

fn value(expr: &Expr) -> Value {
    match parameter(expr) {
        Some(number) => Value::Parameter(number),
        None if is_constant(expr) => Value::Constant(expr.to_string()),
        None => Value::Expression(expr.to_string()),
    }
}

fn parameter(expr: &Expr) -> Option<u16> {
    match expr {
        Expr::Value(value) => match &value.value {
            Literal::Placeholder(written) => written.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => parameter(expr),
        _ => None,
    }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => !matches!(value.value, Literal::Placeholder(_)),
        Expr::TypedString(TypedString { .. }) => true,
        Expr::Interval(interval) => is_constant(&interval.value),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => is_constant(expr),
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => is_constant(expr),
        Expr::Array(array) => array.elem.iter().all(is_constant),
        _ => false,
    }
}

/// The expression with bare column names: `lower(u.email)` as `lower(email)`, under the table's own names.
fn unqualified(expr: &Expr, names: Vec<String>) -> String {
    struct Strip {
        names: std::vec::IntoIter<String>,
    }
    impl VisitorMut for Strip {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if column_parts(expr).is_some()
                && let Some(name) = self.names.next()
            {
                let is_plain = quote_identifier(&name) == name;
                *expr =
                    Expr::Identifier(if is_plain { Ident::new(name) } else { Ident::with_quote('"', name) });
            }
            ControlFlow::Continue(())
        }
    }
    let mut stripped = expr.clone();
    let _ = VisitMut::visit(&mut stripped, &mut Strip { names: names.into_iter() });
    stripped.to_string()
}

/// The last part of an object's name, and the one before it.
pub(super) fn name_parts(name: &ObjectName) -> (Option<String>, String) {
    let mut parts = name.0.iter().filter_map(ObjectNamePart::as_ident).map(super::scope::written).rev();
    let last = parts.next().unwrap_or_default();
    (parts.next(), last)
}
