//! `distinct_over_join_to_exists`: `select distinct a.… from a join b on …` becomes `select a.… from a where exists (…)`.
//!
//! The join multiplies the rows of `a`, and `DISTINCT` takes the copies out again. `EXISTS` never makes them: the planner uses a
//! semi join that stops at the first match.
//!
//! # When it is safe
//!
//! Two tables, joined by an inner join; the select list names columns of the kept table only, and among them all columns of a
//! unique key that are declared `NOT NULL`: each of its rows is in the result once.
//!
//! # Traps
//!
//! Without a key in the list, two rows of `a` that look alike are one row with `DISTINCT` and two with `EXISTS`.

use std::collections::BTreeSet;

use sqlparser::ast::{BinaryOperator, Expr, Select, SelectItem, TableFactor, TableWithJoins};

use super::distinct_removed::distinct_word;
use crate::rewrite::reading::{Reading, conjuncts, is_distinct, is_plain, qualified_star};
use crate::rewrite::scope::{From, inner_on};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "distinct_over_join_to_exists", title: "DISTINCT over a join becomes EXISTS", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    reading.selects.iter().filter_map(|select| one(reading, select)).collect()
}

fn one(reading: &Reading<'_>, select: &Select) -> Option<Verdict> {
    if !is_distinct(select) || !is_plain(select) {
        return None;
    }
    let from = reading.from(select);
    let (tables, on) = two_tables(select)?;
    if from.items.len() != 2 || !from.is_known() {
        return None;
    }
    let listed = reading.listed(select, &from)?;
    let kept = listed.first()?.0;
    let columns: BTreeSet<&str> = listed.iter().map(|(_, name)| *name).collect();
    let only_kept = select.projection.iter().all(|listed| is_of(&from, listed, kept));
    let (item, dropped) = (from.items.get(kept)?, from.items.get(1 - kept)?);
    let relation = item.relation?;
    // Where a key of the other is listed too, each row is wanted.
    if !only_kept || listed.iter().any(|(of, _)| *of != kept) || item.nullable || dropped.nullable {
        return None;
    }
    let Some(key) = relation.key_within(&columns) else {
        let missing = format!("no unique, NOT NULL key of {} is in the select list", item.name);
        return Some(Verdict::Lacking { reason: "EXISTS in place of DISTINCT over a join", missing });
    };
    let source = &reading.source;
    let (mut outside, mut inside) = (Vec::new(), Vec::new());
    for condition in on.into_iter().chain(&select.selection).flat_map(conjuncts) {
        let text = source.expr_text(condition)?;
        // Among others its operators bind as loosely as AND allows.
        let text = match condition {
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => format!("({text})"),
            _ => text.to_owned(),
        };
        match from.owners(condition) {
            Some(owners) if owners.iter().all(|of| *of == kept) && !owners.is_empty() => outside.push(text),
            _ => inside.push(text),
        }
    }
    if inside.is_empty() {
        return None;
    }
    let ranges: Vec<_> = tables.iter().map(|table| source.table(table)).collect::<Option<_>>()?;
    let (start, mut end) = (ranges.first()?.start, ranges.last()?.end);
    for condition in on.into_iter().chain(&select.selection) {
        end = end.max(source.expr(condition)?.end);
    }
    let text = |at: usize| ranges.get(at).map(|range| source.text(range.clone()));
    outside.push(format!("EXISTS (SELECT 1 FROM {} WHERE {})", text(1 - kept)?, inside.join(" AND ")));
    let rewritten = format!("{} WHERE {}", text(kept)?, outside.join(" AND "));
    let key: Vec<String> = key.iter().map(|column| format!("{}.{column}", item.name)).collect();
    Some(Verdict::Safe {
        edits: vec![distinct_word(reading, select)?, Edit::new(start..end, rewritten)],
        reason: "the join makes copies only for DISTINCT to take them out",
        precondition: format!("{} in the select list are unique and NOT NULL", key.join(", ")),
    })
}

/// Whether something listed reads that item only.
fn is_of(from: &From<'_>, listed: &SelectItem, kept: usize) -> bool {
    match listed {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            from.owners(expr).is_some_and(|owners| owners.iter().all(|of| *of == kept))
        }
        item => qualified_star(item, from) == Some(kept),
    }
}

/// The two tables by themselves, and the condition of their join if it has one of its own.
fn two_tables(select: &Select) -> Option<(Vec<TableWithJoins>, Option<&Expr>)> {
    let alone = |relation: &TableFactor| TableWithJoins { relation: relation.clone(), joins: Vec::new() };
    match select.from.as_slice() {
        [table] => match table.joins.as_slice() {
            [join] => Some((vec![alone(&table.relation), alone(&join.relation)], Some(inner_on(join)?))),
            _ => None,
        },
        [first, second] if first.joins.is_empty() && second.joins.is_empty() => {
            Some((vec![first.clone(), second.clone()], None))
        }
        _ => None,
    }
}
