//! `join_removed`: an inner join to a table that only a foreign key leads to, and of which nothing is read, goes.
//!
//! PostgreSQL removes unused left joins by itself, but an inner join could drop rows; that it does not is said by the foreign key,
//! which the planner does not use for this.
//!
//! # When it is safe
//!
//! The join compares exactly the columns of a foreign key that is validated, enforced and not deferrable with the columns that it
//! points to; all of them are declared `NOT NULL` on this side, which no outer join fills with nulls. Nothing else of the statement
//! names the other table, and no row-level security hides its rows.
//!
//! # Traps
//!
//! A null in the foreign key drops its row from the join. A key that is `NOT VALID` may have rows without a parent. A condition on
//! the other table filters, even if none of its columns is listed.

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, Select, SelectItem, TableFactor, TableWithJoins,
};

use crate::rewrite::reading::{Reading, conjuncts};
use crate::rewrite::scope::{From, inner_on};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "join_removed", title: "A join that a foreign key makes idle goes", check };

const REASON: &str = "the join drops no row, adds none, and nothing of it is read";

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    reading.selects.iter().flat_map(|select| joins(reading, select)).collect()
}

fn joins(reading: &Reading<'_>, select: &Select) -> Vec<Verdict> {
    let from = reading.from(select);
    let starred = select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
    let [table] = select.from.as_slice() else { return Vec::new() };
    // USING and NATURAL read columns without naming their table.
    let merged = table.joins.iter().any(|join| inner_on(join).is_none() && !is_outer_on(join));
    if starred || merged || !from.is_known() || from.items.len() != table.joins.len() + 1 {
        return Vec::new();
    }
    (0..table.joins.len()).filter_map(|at| one(reading, &from, table, at)).collect()
}

fn one(reading: &Reading<'_>, from: &From<'_>, table: &TableWithJoins, at: usize) -> Option<Verdict> {
    let join = table.joins.get(at)?;
    let on = inner_on(join)?;
    let parent = at + 1;
    let item = from.items.get(parent).filter(|item| !item.nullable)?;
    let TableFactor::Table { .. } = &join.relation else { return None };
    let relation = item.relation.filter(|relation| !relation.row_security)?;
    let mut pairs = BTreeSet::new();
    let mut child = None;
    for condition in conjuncts(on) {
        let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else { return None };
        let (left, right) = (from.column(left)?, from.column(right)?);
        let (theirs, ours) = if left.item == parent { (left, right) } else { (right, left) };
        let alike = theirs.column.type_name == ours.column.type_name
            && theirs.column.deterministic
            && ours.column.deterministic;
        if theirs.item != parent
            || ours.item == parent
            || !alike
            || *child.get_or_insert(ours.item) != ours.item
        {
            return None;
        }
        pairs.insert((ours.column.name.as_str(), theirs.column.name.as_str()));
    }
    let child = from.items.get(child?)?;
    if is_read(reading, from, parent, on) {
        return None;
    }
    let key = child.relation?.foreign_keys.iter().find(|key| {
        let columns = key.columns.iter().map(String::as_str);
        let referenced = key.referenced_columns.iter().map(String::as_str);
        key.referenced == relation.oid && columns.zip(referenced).collect::<BTreeSet<_>>() == pairs
    })?;
    let null = |name: &&String| {
        child.nullable || child.relation.and_then(|of| of.column(name)).is_none_or(|of| !of.not_null)
    };
    if let Some(column) = key.columns.iter().find(null) {
        let missing = format!("{}.{column} may be null", child.name);
        return Some(Verdict::Lacking { reason: "one join less", missing });
    }
    let before = TableWithJoins { relation: table.relation.clone(), joins: table.joins.get(..at)?.to_vec() };
    let until = TableWithJoins { relation: table.relation.clone(), joins: table.joins.get(..=at)?.to_vec() };
    let (start, end) = (reading.source.table(&before)?.end, reading.source.table(&until)?.end);
    Some(Verdict::Safe {
        edits: vec![Edit::new(start..end, "")],
        reason: REASON,
        precondition: format!(
            "every {}.{} is in {}: a validated foreign key of NOT NULL columns",
            child.name,
            key.columns.join(", "),
            item.name
        ),
    })
}

fn is_outer_on(join: &Join) -> bool {
    use JoinOperator::{FullOuter, Left, LeftOuter, Right, RightOuter};
    match &join.join_operator {
        Left(on) | LeftOuter(on) | Right(on) | RightOuter(on) | FullOuter(on) => {
            matches!(on, JoinConstraint::On(_))
        }
        JoinOperator::CrossJoin(JoinConstraint::None) => true,
        _ => false,
    }
}

/// Whether anything but the condition of its own join may read an item, anywhere in the statement.
fn is_read(reading: &Reading<'_>, from: &From<'_>, parent: usize, on: &Expr) -> bool {
    let Some(item) = from.items.get(parent) else { return true };
    let Some(relation) = item.relation else { return true };
    let known = |name: &str| relation.column(name).is_some() || name == item.name;
    reading.reads(&item.name, known) > reading.reads_within(on, &item.name, known)
}
