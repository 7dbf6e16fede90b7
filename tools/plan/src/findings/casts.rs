//! Whether a cast of a column keeps an index on it from being used.
//!
//! A plan prints `(code)::text` alike for a `varchar`, where the cast changes nothing, and for a number, where it
//! computes a new value for each row. Only the catalogue tells the two apart.

use crate::condition::{ColumnRef, Expr};
use crate::facts::Facts;
use crate::model::Node;

pub(super) const NUMBERS: &[&str] = &["bigint", "double", "integer", "numeric", "real", "smallint"];
/// Types whose values are computed from whatever column is cast to them.
const COMPUTED: &[&str] =
    &["bigint", "boolean", "date", "inet", "integer", "interval", "smallint", "time", "timestamp", "uuid"];

/// The column whose index would find the value: bare, or below casts that only rename a text type.
pub(super) fn indexable<'a>(expr: &'a Expr, node: &Node, facts: &Facts) -> Option<&'a ColumnRef> {
    expr.plain_column().filter(|_| !converts(expr, node, facts))
}

/// Whether a cast of a column computes a new value.
pub(super) fn converts(expr: &Expr, node: &Node, facts: &Facts) -> bool {
    let Expr::Cast { inner, to } = expr else { return false };
    if COMPUTED.contains(&head(to)) && matches!(inner.as_ref(), Expr::Column(_)) {
        return true;
    }
    let known = expr.plain_column().and_then(|column| facts.relation(node)?.type_of(&column.name));
    known.is_some_and(|known| !renamed(known, to))
}

/// Whether a column of this type is the same bytes under that of the cast.
fn renamed(known: &str, to: &str) -> bool {
    known == "text"
        || known == "bpchar"
        || known.starts_with("character varying")
        || (known.starts_with("character") && to == "bpchar")
}

/// Whether a type is one that a user made: an enum, or a domain that may be a text by another name.
pub(super) fn user_made(type_name: &str) -> bool {
    const BUILT_IN: &[&str] = &["bytea", "character", "cidr", "json", "jsonb", "name", "oid"];
    let head = head(type_name);
    !NUMBERS.contains(&head)
        && !COMPUTED.contains(&head)
        && !BUILT_IN.contains(&head)
        && !type_name.ends_with("[]")
}

/// The first word of a type's name: `timestamp` of `timestamp(3) without time zone`.
pub(super) fn head(type_name: &str) -> &str {
    type_name.split(['(', ' ', '[']).next().unwrap_or_default()
}
