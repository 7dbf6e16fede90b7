//! `or_to_union_all`: a join filtered by `p(a) or q(b)` becomes two joins, one by `p(a)`, one by `q(b)` and `(p(a)) is not true`.
//!
//! A condition on two tables can only be checked after the join; each half can use an index of its own table.
//!
//! # When it is safe
//!
//! The halves read different tables, nothing is grouped, ordered, cut or made distinct, also in what is read, and nothing volatile
//! is called. The second arm leaves out exactly the rows that the first has given.
//!
//! # Traps
//!
//! With `UNION` in place of `UNION ALL`, rows that are alike would become one. With `not p(a)` in place of `is not true`, rows
//! where `p(a)` is unknown would be lost.

use sqlparser::ast::{BinaryOperator, Expr, Query, SelectItem, SetExpr};

use crate::rewrite::literal::bare;
use crate::rewrite::reading::{Reading, conjuncts, is_plain, plain};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "or_to_union_all", title: "OR across tables becomes UNION ALL", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    one(reading, &reading.query).into_iter().collect()
}

fn one(reading: &Reading<'_>, query: &Query) -> Option<Verdict> {
    // A WITH clause stays in front, and serves both arms.
    let ordered = query.order_by.is_some() || query.limit_clause.is_some() || query.fetch.is_some();
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    if ordered
        || !reading.is_steady()
        || query.with.is_some()
        || plain(query).is_none()
        || !is_plain(select)
        || select.distinct.is_some()
    {
        return None;
    }
    let row_wise = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => reading.is_row_wise(expr),
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::ExprWithAliases { .. } => false,
    };
    if !select.projection.iter().all(row_wise) {
        return None;
    }
    let from = reading.from(select);
    // A view may cut or pick what is read twice now.
    if !from.is_known() {
        return None;
    }
    let selection = select.selection.as_ref()?;
    let (or, left, right) = conjuncts(selection).into_iter().find_map(|condition| match bare(condition) {
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            let (ours, theirs) = (from.owners(left)?, from.owners(right)?);
            let apart = ours.len() == 1 && theirs.len() == 1 && ours != theirs;
            apart.then_some((condition, left, right))
        }
        _ => None,
    })?;
    let source = &reading.source;
    let (whole, or) = (source.query(query)?, source.expr(or)?);
    let (first, second) = (source.expr_text(left)?, source.expr_text(right)?);
    let (before, after) = (source.text(whole.start..or.start), source.text(or.end..whole.end));
    Some(Verdict::Safe {
        edits: vec![
            Edit::new(or.clone(), format!("({first})")),
            Edit::insert(
                whole.end,
                format!("\nUNION ALL\n{before}({second}) AND ({first}) IS NOT TRUE{after}"),
            ),
        ],
        reason: "each half of the OR can use an index of its own table",
        precondition: "the second arm leaves out what the first has given; nothing volatile is called"
            .to_owned(),
    })
}
