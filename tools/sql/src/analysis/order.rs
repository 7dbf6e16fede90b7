//! Sort and group keys: which of them an index on one table can give.

use sqlparser::ast::{
    Expr, OrderBy, OrderByExpr, OrderByKind, OrderBySort, SelectItem, Value as Literal, WindowSpec,
};

use super::{
    aggregate::Calls,
    model::{SortKey, Subject, WindowKeys},
    operand::{Operand, peeled},
    scope::{Reach, Scope, written},
};

/// The keys of one table that lead the order, and whether they are all of it.
pub(super) struct Order {
    pub(super) table: usize,
    pub(super) keys: Vec<SortKey>,
    pub(super) is_complete: bool,
}

pub(super) fn order(by: &OrderBy, projection: &[SelectItem], scope: &Scope<'_>) -> Option<Order> {
    let OrderByKind::Expressions(exprs) = &by.kind else { return None };
    let mut keys: Vec<(usize, SortKey)> = Vec::new();
    for expr in exprs {
        match key(expr, projection, scope) {
            Some((table, key)) if keys.first().is_none_or(|(first, _)| *first == table) => {
                keys.push((table, key))
            }
            _ => break,
        }
    }
    let table = keys.first()?.0;
    let is_complete = keys.len() == exprs.len();
    Some(Order { table, keys: keys.into_iter().map(|(_, key)| key).collect(), is_complete })
}

fn key(by: &OrderByExpr, projection: &[SelectItem], scope: &Scope<'_>) -> Option<(usize, SortKey)> {
    // The output's names come before the input's in ORDER BY.
    let expr = ordinal(&by.expr, projection).or_else(|| aliased(&by.expr, projection)).unwrap_or(&by.expr);
    let (table, subject) = subject(expr, scope)?;
    let descending = match &by.options.sort {
        None | Some(OrderBySort::Asc) => false,
        Some(OrderBySort::Desc) => true,
        Some(_) => return None,
    };
    let nulls_first = by.options.nulls_first.unwrap_or(descending);
    Some((table, SortKey { subject, descending, nulls_first }))
}

/// The table whose own keys a window has, if one table has them all.
pub(super) fn window(window: &WindowSpec, scope: &Scope<'_>) -> Option<(usize, WindowKeys)> {
    let partition: Option<Vec<_>> = window.partition_by.iter().map(|expr| subject(expr, scope)).collect();
    // Neither aliases nor ordinals of the select list mean anything in a window.
    let order: Option<Vec<_>> = window.order_by.iter().map(|by| key(by, &[], scope)).collect();
    let (partition, order) = (partition?, order?);
    let mut tables = partition.iter().map(|(table, _)| *table).chain(order.iter().map(|(table, _)| *table));
    let table = tables.next()?;
    if tables.any(|other| other != table) {
        return None;
    }
    let partition_by = partition.into_iter().map(|(_, subject)| subject).collect();
    let order_by = order.into_iter().map(|(_, key)| key).collect();
    Some((table, WindowKeys { partition_by, order_by }))
}

/// A grouping key; the input's names come before the output's in GROUP BY.
pub(super) fn grouping<'e>(expr: &'e Expr, projection: &'e [SelectItem], scope: &Scope<'_>) -> &'e Expr {
    let is_input = matches!(expr, Expr::Identifier(_)) && Operand::read(expr, scope).column.is_some();
    let chosen =
        ordinal(expr, projection).or_else(|| if is_input { None } else { aliased(expr, projection) });
    chosen.unwrap_or(expr)
}

/// What of one table is sorted or grouped by.
pub(super) fn subject(expr: &Expr, scope: &Scope<'_>) -> Option<(usize, Subject)> {
    let calls = Calls::of(expr);
    if calls.aggregates > 0 || calls.window {
        return None;
    }
    let operand = Operand::read(expr, scope);
    let is_here = operand.column.as_ref().is_none_or(|column| column.reach == Reach::Flat);
    match operand.subjects().as_slice() {
        [(table, subject)] if is_here => Some((*table, subject.clone())),
        _ => None,
    }
}

fn ordinal<'e>(expr: &Expr, projection: &'e [SelectItem]) -> Option<&'e Expr> {
    let Expr::Value(value) = peeled(expr) else { return None };
    let Literal::Number(number, _) = &value.value else { return None };
    let position: usize = number.parse().ok()?;
    match projection.get(position.checked_sub(1)?)? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn aliased<'e>(expr: &Expr, projection: &'e [SelectItem]) -> Option<&'e Expr> {
    let Expr::Identifier(name) = expr else { return None };
    projection.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } if written(alias) == written(name) => Some(expr),
        _ => None,
    })
}
