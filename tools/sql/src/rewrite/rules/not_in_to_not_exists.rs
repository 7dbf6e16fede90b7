//! `not_in_to_not_exists`: `x not in (select y from …)` becomes `not exists (select 1 from … where x = y)`.
//!
//! `NOT IN` has to tell "not there" from "unknown", so PostgreSQL cannot plan it as an anti join: it keeps the whole list in
//! memory, or searches it anew for each row once it exceeds `work_mem`.
//!
//! # When it is safe
//!
//! When neither side can be null: both are columns declared `NOT NULL` of tables that no outer join fills with nulls. A column of
//! a view or of a subquery does not count. The subquery only filters: no grouping, limit or set operation.
//!
//! # Traps
//!
//! One null in the list makes `NOT IN` give no rows at all, and `NOT EXISTS` all those that do not match. A null on the left is
//! dropped by `NOT IN` (unless the list is empty) and kept by `NOT EXISTS`.

use sqlparser::ast::{Expr, SelectItem, UnaryOperator};

use crate::quote_identifier;
use crate::rewrite::literal::bare;
use crate::rewrite::reading::{Reading, conditions, plain};
use crate::rewrite::scope::From;
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule = Rule { id: "not_in_to_not_exists", title: "NOT IN becomes NOT EXISTS", check };

const REASON: &str = "NOT IN cannot be planned as an anti join";

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    let places = reading.selects.iter().flat_map(|select| {
        let from = reading.from(select);
        conditions(select).into_iter().filter_map(move |condition| one(reading, &from, condition))
    });
    places.collect()
}

fn one(reading: &Reading<'_>, from: &From<'_>, condition: &Expr) -> Option<Verdict> {
    let (outer, subquery) = match condition {
        Expr::InSubquery { expr, subquery, negated: true } => (expr, subquery),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => match bare(expr) {
            Expr::InSubquery { expr, subquery, negated: false } => (expr, subquery),
            _ => return None,
        },
        _ => return None,
    };
    let select = plain(subquery)?;
    let inner_from = reading.from(select);
    let [SelectItem::UnnamedExpr(inner) | SelectItem::ExprWithAlias { expr: inner, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    let (left, right) = (from.column(outer)?, inner_from.column(inner)?);
    let name = from.items.get(left.item)?.name.as_str();
    let mut nullable = Vec::new();
    if !left.never_null {
        nullable.push(format!("{name}.{}", left.column.name));
    }
    if !right.never_null {
        nullable.push(format!("{}.{}", inner_from.items.get(right.item)?.name, right.column.name));
    }
    if !nullable.is_empty() {
        let missing = format!("{} may be null", nullable.join(" and "));
        return Some(Verdict::Lacking { reason: "NOT EXISTS in place of NOT IN", missing });
    }
    // Inside, its name must still mean the outer table.
    if inner_from.has_name(name) || left.column.type_name != right.column.type_name {
        return None;
    }
    let source = &reading.source;
    let (whole, query, listed) = (source.expr(condition)?, source.query(subquery)?, source.expr(inner)?);
    let equal = format!(
        "{}.{} = {}",
        quote_identifier(name),
        quote_identifier(&left.column.name),
        source.text(listed.clone())
    );
    let mut edits = vec![Edit::new(whole.start..query.start, "NOT EXISTS ("), Edit::new(listed, "1")];
    let ending = match &select.selection {
        Some(selection) => {
            let filter = source.expr(selection).filter(|filter| filter.end == query.end)?;
            edits.push(Edit::insert(filter.start, "("));
            format!(") AND {equal})")
        }
        None => format!(" WHERE {equal})"),
    };
    edits.push(Edit::new(query.end..whole.end, ending));
    Some(Verdict::Safe {
        edits,
        reason: REASON,
        precondition: format!(
            "{name}.{} and {}.{} are NOT NULL",
            left.column.name,
            inner_from.items.get(right.item)?.name,
            right.column.name
        ),
    })
}
