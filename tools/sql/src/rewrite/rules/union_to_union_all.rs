//! `union_to_union_all`: `UNION` becomes `UNION ALL` where there can be no duplicates.
//!
//! `UNION` sorts or hashes all rows of all arms to find duplicates.
//!
//! # When it is safe
//!
//! No two arms can give the same row, because they list different constants in the same place; and no arm gives a row twice,
//! because it lists a unique key of each of its tables whose columns are declared `NOT NULL`.
//!
//! # Traps
//!
//! Arms that overlap, and duplicates within one arm, which `UNION` removes as well.

use std::collections::BTreeSet;

use sqlparser::ast::{Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier};

use super::distinct_removed::keys;
use crate::rewrite::literal::{integer, string};
use crate::rewrite::reading::{Reading, is_plain};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "union_to_union_all", title: "UNION of what cannot repeat becomes UNION ALL", check };

const REASON: &str = "UNION looks for duplicates that cannot be";

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    reading.queries.iter().filter_map(|query| one(reading, query)).collect()
}

fn one(reading: &Reading<'_>, query: &Query) -> Option<Verdict> {
    let arms = arms(&query.body)?;
    if arms.len() < 2 {
        return None;
    }
    let mut proven = Vec::new();
    for arm in &arms {
        if !is_plain(arm) || arm.distinct.is_some() {
            return None;
        }
        match keys(reading, arm)? {
            Ok(keys) => proven.push(keys),
            Err(missing) => return Some(Verdict::Lacking { reason: "UNION ALL in place of UNION", missing }),
        }
    }
    // Casts to a common type could make keys alike.
    if !have_equal_types(reading, &arms) || !are_disjoint(&arms) {
        return None;
    }
    let words = reading.source.words(reading.source.query(query)?, "union");
    let edits = (words.len() == arms.len() - 1)
        .then(|| words.into_iter().map(|word| Edit::insert(word.end, " ALL")).collect())?;
    Some(Verdict::Safe {
        edits,
        reason: REASON,
        precondition: format!(
            "the arms list different constants; {} are unique and NOT NULL",
            proven.join(", ")
        ),
    })
}

/// The arms of a `UNION` of `UNION`s.
fn arms(body: &SetExpr) -> Option<Vec<&Select>> {
    match body {
        SetExpr::Select(select) => Some(vec![select]),
        SetExpr::SetOperation {
            left,
            op: SetOperator::Union,
            set_quantifier: SetQuantifier::None,
            right,
        } => {
            let mut all = arms(left)?;
            all.extend(arms(right)?);
            Some(all)
        }
        _ => None,
    }
}

/// Whether in each place the arms list columns of one type, or strings, or integers.
fn have_equal_types(reading: &Reading<'_>, arms: &[&Select]) -> bool {
    let types = |arm: &&Select| -> Option<Vec<String>> {
        let from = reading.from(arm);
        arm.projection
            .iter()
            .map(|item| {
                let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
                    return None;
                };
                match from.column(expr) {
                    Some(found) => Some(found.column.type_name.clone()),
                    None if string(expr).is_some() => Some("a string".to_owned()),
                    None => integer(expr)
                        .filter(|value| i32::try_from(*value).is_ok())
                        .map(|_| "an integer".to_owned()),
                }
            })
            .collect()
    };
    let types: Option<BTreeSet<Vec<String>>> = arms.iter().map(types).collect();
    types.is_some_and(|types| types.len() == 1)
}

/// Whether some place holds a different constant in each arm.
fn are_disjoint(arms: &[&Select]) -> bool {
    let places = arms.iter().map(|arm| arm.projection.len()).min().unwrap_or(0);
    (0..places).any(|place| {
        let constants: Option<BTreeSet<String>> =
            arms.iter().map(|arm| constant(arm.projection.get(place)?)).collect();
        constants.is_some_and(|constants| constants.len() == arms.len())
    })
}

fn constant(item: &SelectItem) -> Option<String> {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return None };
    string(expr).map(str::to_owned).or_else(|| integer(expr).map(|value| value.to_string()))
}
