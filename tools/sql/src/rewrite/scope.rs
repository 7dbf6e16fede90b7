//! Whose column a name is: the items of one `FROM`, and only where there is no doubt.
//!
//! PostgreSQL looks a name up in the query's own `FROM` first, so what is found here is found rightly; what is not found, or
//! found twice, or could be in an item whose columns are not known, is nobody's.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select, TableFactor,
    Visit, Visitor,
};

use super::facts::{Column, Facts, Relation};
use crate::RelationName;
use crate::analysis::written;

/// The items of a `FROM` in their order.
pub(super) struct From<'r> {
    pub(super) items: Vec<Item<'r>>,
    /// Names may lie in it that are not looked at.
    opaque: bool,
}

/// One of them.
pub(super) struct Item<'r> {
    /// The name that qualifies its columns.
    pub(super) name: String,
    /// What is known of it; nothing for subqueries, CTEs, views.
    pub(super) relation: Option<&'r Relation>,
    /// An outer join may fill its columns with nulls.
    pub(super) nullable: bool,
}

/// A column that was found.
#[derive(Clone, Copy)]
pub(super) struct Found<'r> {
    pub(super) item: usize,
    pub(super) column: &'r Column,
    /// Whether it has a value in every row of the `FROM`.
    pub(super) never_null: bool,
}

impl<'r> From<'r> {
    pub(super) fn of(select: &'r Select, ctes: &BTreeSet<String>, facts: &'r Facts) -> Self {
        let mut from = Self { items: Vec::new(), opaque: false };
        for table in &select.from {
            let first = from.items.len();
            from.add(&table.relation, ctes, facts);
            for join in &table.joins {
                let right = from.items.len();
                from.add(&join.relation, ctes, facts);
                let (left_nullable, right_nullable) = nulls(join);
                for (at, item) in from.items.iter_mut().enumerate().skip(first) {
                    item.nullable |= if at < right { left_nullable } else { right_nullable };
                }
            }
        }
        from
    }

    fn add(&mut self, factor: &TableFactor, ctes: &BTreeSet<String>, facts: &'r Facts) {
        let (name, relation) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let relation = relation_name(name);
                let known = relation
                    .as_ref()
                    .filter(|relation| relation.schema.is_some() || !ctes.contains(&relation.name))
                    .and_then(|relation| facts.relations.get(relation));
                match (alias, relation) {
                    (Some(alias), _) => (written(&alias.name), known.filter(|_| alias.columns.is_empty())),
                    (None, Some(relation)) => (relation.name, known),
                    (None, None) => return self.opaque = true,
                }
            }
            TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::Table { alias: Some(alias), .. } => (written(&alias.name), None),
            _ => return self.opaque = true,
        };
        self.items.push(Item { name, relation, nullable: false });
    }

    /// Whether all columns of all items are known.
    pub(super) fn is_known(&self) -> bool {
        !self.opaque && self.items.iter().all(|item| item.relation.is_some())
    }

    pub(super) fn item(&self, name: &str) -> Option<usize> {
        let mut named = self.items.iter().enumerate().filter(|(_, item)| item.name == name);
        match (named.next(), named.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.opaque || self.items.iter().any(|item| item.name == name)
    }

    /// The column that an expression is, if it is one of these items' for certain.
    pub(super) fn column(&self, expr: &Expr) -> Option<Found<'r>> {
        let at = |item: usize, name: &str| {
            let found = self.items.get(item)?;
            let column = found.relation?.column(name)?;
            Some(Found { item, column, never_null: column.not_null && !found.nullable })
        };
        match expr {
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, column] => at(self.item(&written(table))?, &written(column)),
                _ => None,
            },
            Expr::Identifier(name) if self.is_known() => {
                let name = written(name);
                let mut found = (0..self.items.len()).filter_map(|item| at(item, &name));
                match (found.next(), found.next()) {
                    (Some(column), None) => Some(column),
                    _ => None,
                }
            }
            Expr::Nested(inner) => self.column(inner),
            _ => None,
        }
    }

    /// The items whose columns an expression reads; nothing if one of its names is not theirs for certain.
    pub(super) fn owners(&self, expr: &Expr) -> Option<BTreeSet<usize>> {
        let mut names = Names::default();
        let _ = expr.visit(&mut names);
        if names.subqueries {
            return None;
        }
        names.columns.iter().map(|column| self.column(column).map(|found| found.item)).collect()
    }
}

/// Which side of a join may be filled with nulls.
fn nulls(join: &Join) -> (bool, bool) {
    match join.join_operator {
        JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_) => (false, false),
        JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => (false, true),
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) => (true, false),
        _ => (true, true),
    }
}

/// The condition of an inner join; nothing for other joins.
pub(super) fn inner_on(join: &Join) -> Option<&Expr> {
    match &join.join_operator {
        JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)) => Some(on),
        _ => None,
    }
}

pub(super) fn relation_name(name: &ObjectName) -> Option<RelationName> {
    let parts: Vec<&Ident> = name.0.iter().map(ObjectNamePart::as_ident).collect::<Option<_>>()?;
    match parts.as_slice() {
        [name] => Some(RelationName { schema: None, name: written(name) }),
        [schema, name] => Some(RelationName { schema: Some(written(schema)), name: written(name) }),
        _ => None,
    }
}

/// The names of columns in a part, and whether it holds a query of its own.
#[derive(Default)]
pub(super) struct Names {
    pub(super) columns: Vec<Expr>,
    pub(super) subqueries: bool,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.subqueries = true;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if matches!(
            expr,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. }
        ) {
            self.columns.push(expr.clone());
        }
        ControlFlow::Continue(())
    }
}
