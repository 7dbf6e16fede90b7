//! `distinct_removed`: `DISTINCT` goes where no two rows can be alike.
//!
//! It sorts or hashes the whole result to find duplicates that a key has ruled out. PostgreSQL does not see that by itself.
//!
//! # When it is safe
//!
//! The select list names, of every table of the `FROM`, all columns of a unique key that are declared `NOT NULL`. The tables are
//! joined by inner joins only, and nothing is grouped.
//!
//! # Traps
//!
//! A unique column that may be null holds any number of nulls. A partial unique index, one on an expression, or one that is not
//! valid rules nothing out.

use std::collections::BTreeSet;

use sqlparser::ast::Select;

use crate::rewrite::reading::{Reading, is_distinct, is_plain};
use crate::rewrite::source::Edit;
use crate::rewrite::{Rule, Verdict};

pub(super) const RULE: Rule =
    Rule { id: "distinct_removed", title: "DISTINCT of rows that a key tells apart", check };

fn check(reading: &Reading<'_>) -> Vec<Verdict> {
    reading.selects.iter().filter_map(|select| one(reading, select)).collect()
}

fn one(reading: &Reading<'_>, select: &Select) -> Option<Verdict> {
    if !is_distinct(select) || !is_plain(select) {
        return None;
    }
    let keys = match keys(reading, select)? {
        Ok(keys) => keys,
        Err(missing) => {
            return Some(Verdict::Lacking { reason: "no DISTINCT", missing });
        }
    };
    Some(Verdict::Safe {
        edits: vec![distinct_word(reading, select)?],
        reason: "a key has ruled out what DISTINCT looks for",
        precondition: format!("{keys} are unique and NOT NULL"),
    })
}

/// The columns that tell the rows of a `SELECT` apart, in words; or the one that may be null.
pub(super) fn keys(reading: &Reading<'_>, select: &Select) -> Option<Result<String, String>> {
    let from = reading.from(select);
    if !from.is_known() || from.items.is_empty() {
        return None;
    }
    let listed = reading.listed(select, &from)?;
    let mut keys = Vec::new();
    for (at, item) in from.items.iter().enumerate() {
        let relation = item.relation.filter(|_| !item.nullable)?;
        let columns: BTreeSet<&str> =
            listed.iter().filter(|(of, _)| *of == at).map(|(_, name)| *name).collect();
        match relation.key_within(&columns) {
            Some(key) => keys.extend(key.iter().map(|column| format!("{}.{column}", item.name))),
            None => {
                let column = relation.nullable_key_within(&columns)?;
                return Some(Err(format!("{}.{column} may be null", item.name)));
            }
        }
    }
    Some(Ok(keys.join(", ")))
}

/// Takes `DISTINCT` out, with the space behind it.
pub(super) fn distinct_word(reading: &Reading<'_>, select: &Select) -> Option<Edit> {
    use sqlparser::ast::{SelectItem, Spanned};
    // The first thing listed stands right behind the word.
    let listed = match select.projection.first()? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            reading.source.expr(expr)?.start
        }
        item => reading.source.start(item.span())?,
    };
    let word = reading.source.token_before(listed)?;
    reading
        .source
        .text(word.clone())
        .eq_ignore_ascii_case("distinct")
        .then(|| Edit::new(word.start..listed, ""))
}
