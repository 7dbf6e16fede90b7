//! The operators that a statement uses, by their signs.

use std::collections::BTreeSet;

use super::lexer::{Token, TokenKind};

/// Every sign as PostgreSQL cuts it, and the signs that words mean. Rather one too many than one too few: the database
/// looks at what stands behind each.
pub(super) fn signs(sql: &str, tokens: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut before = "";
    for token in tokens {
        let text = sql.get(token.range.clone()).unwrap_or_default();
        match token.kind {
            TokenKind::Operator => found.extend(sign(text, before)),
            TokenKind::Word => {
                found.extend(meant(&text.to_ascii_lowercase()).iter().map(|&sign| sign.to_owned()));
            }
            _ => {}
        }
        before = text;
    }
    found
}

fn sign(text: &str, before: &str) -> Option<String> {
    match text {
        // A cast, a named argument, and the star that stands for all columns.
        "::" | "=>" => None,
        "*" if stands_before_a_star(before) => None,
        "!=" => Some("<>".to_owned()),
        other => Some(other.to_owned()),
    }
}

fn stands_before_a_star(before: &str) -> bool {
    matches!(before, "(" | "," | ".")
        || ["select", "all", "distinct"].iter().any(|word| before.eq_ignore_ascii_case(word))
}

fn meant(word: &str) -> &'static [&'static str] {
    match word {
        "like" => &["~~", "!~~"],
        "ilike" => &["~~*", "!~~*"],
        "similar" => &["~", "!~"],
        "in" => &["=", "<>"],
        "between" => &["<", "<=", ">", ">="],
        "case" | "distinct" | "natural" | "nullif" | "using" => &["="],
        _ => &[],
    }
}
