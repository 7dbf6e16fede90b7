//! `LIKE` patterns: what an index can read of them.

use sqlparser::ast::{Expr, Value as Literal};

use crate::analysis::operand::peeled;

/// The text of a string constant.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    match peeled(expr) {
        Expr::Value(value) => match &value.value {
            Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Cast { expr, .. } => literal(expr),
        _ => None,
    }
}

/// What stands before the first wildcard, and whether there is one.
pub(super) fn prefix(pattern: &str, escape: Option<char>) -> (String, bool) {
    let mut prefix = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => return (prefix, true),
            escaped if Some(escaped) == escape => prefix.extend(characters.next()),
            plain => prefix.push(plain),
        }
    }
    (prefix, false)
}
