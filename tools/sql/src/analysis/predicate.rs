//! Reads one condition: which tables it filters and how, and which columns it joins.

mod condition;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{BinaryOperator, Expr};

use self::condition::Reader;
use super::{
    model::{JoinKind, Predicate, PredicateKind, Subject},
    operand::peeled,
    scope::{Scope, Target},
};

/// Where a condition stands.
pub(super) struct Place<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) kind: JoinKind,
    /// Tables whose rows stay whatever the condition says: the kept side of an outer join.
    pub(super) kept: BTreeSet<usize>,
    /// Subqueries, as text, that run for each row.
    pub(super) correlated: &'a BTreeSet<String>,
}

/// A join as one of its sides sees it.
pub(super) struct Meeting {
    pub(super) table: usize,
    pub(super) column: String,
    pub(super) other: Target,
    pub(super) kind: JoinKind,
    pub(super) lookup: bool,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) predicates: Vec<(usize, Predicate)>,
    pub(super) meetings: Vec<Meeting>,
}

/// The conditions that must all hold.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    chain(expr, &BinaryOperator::And)
}

/// An `OR` as conditions that must all hold: what every arm asks comes first, as PostgreSQL's planner pulls it out.
pub(super) fn factored(expr: &Expr) -> Option<(Vec<&Expr>, Vec<Vec<&Expr>>)> {
    let arms: Vec<Vec<&Expr>> = chain(expr, &BinaryOperator::Or).into_iter().map(conjuncts).collect();
    let (first, others) = arms.split_first()?;
    if others.is_empty() {
        return None;
    }
    let common: Vec<&Expr> = first
        .iter()
        .copied()
        .filter(|&condition| others.iter().all(|arm| arm.contains(&condition)))
        .collect();
    let rest: Vec<Vec<&Expr>> = arms
        .iter()
        .map(|arm| arm.iter().copied().filter(|condition| !common.contains(condition)).collect())
        .collect();
    // An arm without a condition of its own is implied by what is common, and so the other arms ask nothing.
    let rest = if rest.iter().any(Vec::is_empty) { Vec::new() } else { rest };
    Some((common, rest))
}

fn chain<'e>(expr: &'e Expr, operator: &BinaryOperator) -> Vec<&'e Expr> {
    match peeled(expr) {
        Expr::BinaryOp { left, op, right } if op == operator => {
            let mut both = chain(left, operator);
            both.extend(chain(right, operator));
            both
        }
        other => vec![other],
    }
}

pub(super) fn classify(expr: &Expr, place: &Place<'_>) -> Found {
    let mut found = Found::default();
    Reader { place, found: &mut found }.condition(expr);
    found.predicates.retain(|(table, predicate)| {
        !place.kept.contains(table) && !sees_filled_nulls(*table, predicate, place)
    });
    found
}

/// After an outer join, `is null` asks whether a row was found, which no scan of the table can answer.
fn sees_filled_nulls(table: usize, predicate: &Predicate, place: &Place<'_>) -> bool {
    let is_strict = match (&predicate.subject, &predicate.kind) {
        (_, PredicateKind::IsNull) => false,
        (Subject::Expression { expression, .. }, _) => {
            let expression = expression.to_ascii_lowercase();
            !["coalesce(", "case ", "is not distinct", "concat", " is "]
                .iter()
                .any(|part| expression.contains(part))
        }
        _ => true,
    };
    place.kind == JoinKind::Inner && !is_strict && place.scope.nullable.contains(&table)
}

/// An `OR` whose arms have nothing in common, as one condition a table.
pub(super) fn classify_arms(arms: &[Vec<&Expr>], place: &Place<'_>) -> Found {
    let arms: Vec<BTreeMap<usize, Vec<Predicate>>> =
        arms.iter().map(|arm| arm_predicates(arm, place)).collect();
    let tables: BTreeSet<usize> = arms.iter().flat_map(|arm| arm.keys().copied()).collect();
    let mut found = Found::default();
    for table in tables {
        let arms: Vec<Vec<Predicate>> =
            arms.iter().map(|arm| arm.get(&table).cloned().unwrap_or_default()).collect();
        found.predicates.extend(any_of(arms).map(|predicate| (table, predicate)));
    }
    found
}

fn arm_predicates(arm: &[&Expr], place: &Place<'_>) -> BTreeMap<usize, Vec<Predicate>> {
    let mut tables: BTreeMap<usize, Vec<Predicate>> = BTreeMap::new();
    for condition in arm {
        let found = match factored(condition) {
            Some((common, rest)) => {
                let mut found = classify_arms(&rest, place);
                for condition in common {
                    found.predicates.extend(classify(condition, place).predicates);
                }
                found
            }
            None => classify(condition, place),
        };
        for (table, predicate) in found.predicates {
            add(tables.entry(table).or_default(), predicate);
        }
    }
    tables
}

/// Equalities on one subject in every arm are an `IN`.
fn any_of(arms: Vec<Vec<Predicate>>) -> Option<Predicate> {
    let subject = arms.iter().flatten().map(|predicate| &predicate.subject).next()?.clone();
    let mut values = Vec::new();
    let all_equal = arms.iter().all(|arm| match arm.as_slice() {
        [Predicate { subject: other, kind }] if *other == subject => match kind {
            PredicateKind::Equality(value) => {
                values.push(value.clone());
                true
            }
            PredicateKind::In(more) => {
                values.extend(more.iter().cloned());
                true
            }
            _ => false,
        },
        _ => false,
    });
    if all_equal {
        return Some(Predicate { subject, kind: PredicateKind::In(values) });
    }
    Some(Predicate { subject, kind: PredicateKind::Or(arms) })
}

/// Adds a condition; the two ends of a range on one subject become one.
pub(super) fn add(predicates: &mut Vec<Predicate>, new: Predicate) {
    if let PredicateKind::Range { lower: new_lower, upper: new_upper } = &new.kind {
        for old in predicates.iter_mut().filter(|old| old.subject == new.subject) {
            if let PredicateKind::Range { lower, upper } = &mut old.kind {
                let fits =
                    (lower.is_none() || new_lower.is_none()) && (upper.is_none() || new_upper.is_none());
                if fits {
                    *lower = lower.take().or_else(|| new_lower.clone());
                    *upper = upper.take().or_else(|| new_upper.clone());
                    return;
                }
            }
        }
    }
    if !predicates.contains(&new) {
        predicates.push(new);
    }
}
