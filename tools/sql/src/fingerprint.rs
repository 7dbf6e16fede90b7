//! What a statement is apart from its values: one text and one hash for all statements that differ only in literals,
//! spacing, comments, the case of words, or the length of a list.
//!
//! Made for records that outlive a call (audit, statistics), so it holds no value: every constant and parameter is
//! `$n`. It takes any text, also one that is no SQL at all.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::guard::{Token, TokenKind, lex};
use crate::hexadecimal;
use crate::names::needs_quotes;

/// Longer texts are read up to here: what comes behind tells no statement from another.
const READ_BYTES: usize = 64 * 1024;
/// The hash is of the whole normalised text; only this much of it is kept.
const KEPT_CHARACTERS: usize = 1_000;
const HASH_BYTES: usize = 8;

/// A statement without its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Fingerprint {
    /// The first 64 bits of the normalised text's SHA-256, in hexadecimal.
    pub hash: String,
    /// The normalised text, its constants as `$n`; cut with `…` where it is long.
    pub text: String,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hash)
    }
}

/// The fingerprint of `sql`.
pub fn fingerprint(sql: &str) -> Fingerprint {
    let mut text =
        write(&without_lengths(pieces(sql.get(..sql.floor_char_boundary(READ_BYTES)).unwrap_or_default())));
    let hash = hexadecimal(&Sha256::digest(text.as_bytes())[..HASH_BYTES]);
    if let Some((end, _)) = text.char_indices().nth(KEPT_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    Fingerprint { hash, text }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    /// A literal or a parameter; its value is gone.
    Constant,
    /// A keyword or an unquoted name, in lower case.
    Word(String),
    /// Anything else, as it was written.
    Other(&'a str),
}

impl Piece<'_> {
    fn is(&self, wanted: &str) -> bool {
        match self {
            Self::Constant => false,
            Self::Word(word) => word == wanted,
            Self::Other(text) => *text == wanted,
        }
    }

    /// Whether an operator behind it has it for a left operand.
    fn is_operand(&self) -> bool {
        match self {
            Self::Constant => true,
            Self::Word(word) => !needs_quotes(word),
            Self::Other(text) => text.ends_with([')', ']', '"']),
        }
    }
}

/// The statement's tokens. What was opened and never closed may hold anything, so it counts as one constant.
fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let (tokens, unclosed) = match lex(sql) {
        Ok(found) => (found.tokens, None),
        Err(unclosed) => {
            let before = lex(sql.get(..unclosed.at).unwrap_or_default());
            (before.map(|found| found.tokens).unwrap_or_default(), Some(Piece::Constant))
        }
    };
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let text = sql.get(token.range.clone()).unwrap_or_default();
        let next = tokens.get(at + 1);
        match token.kind {
            TokenKind::Number | TokenKind::Text | TokenKind::Parameter => pieces.push(Piece::Constant),
            TokenKind::Operator if is_sign(text, pieces.last(), next) => {}
            TokenKind::Word => pieces.push(Piece::Word(text.to_ascii_lowercase())),
            _ => pieces.push(Piece::Other(text)),
        }
    }
    pieces.extend(unclosed);
    while pieces.last().is_some_and(|last| last.is(";")) {
        pieces.pop();
    }
    pieces
}

/// Whether this operator belongs to the number behind it.
fn is_sign(operator: &str, before: Option<&Piece<'_>>, next: Option<&Token>) -> bool {
    matches!(operator, "-" | "+")
        && next.is_some_and(|next| next.kind == TokenKind::Number)
        && !before.is_some_and(Piece::is_operand)
}

/// `in (…)` and `array[…]` of nothing but constants keep one of them.
fn without_lengths(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut kept: Vec<Piece<'_>> = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        kept.push(piece.clone());
        at += 1;
        let opened = match kept.as_slice() {
            [.., word, bracket] => {
                (word.is("in") && bracket.is("(")) || (word.is("array") && bracket.is("["))
            }
            _ => false,
        };
        if opened && let Some(end) = end_of_constants(&pieces, at) {
            kept.push(Piece::Constant);
            at = end;
        }
    }
    kept
}

/// Where a list of nothing but constants that starts at `at` meets its closing bracket.
fn end_of_constants(pieces: &[Piece<'_>], mut at: usize) -> Option<usize> {
    loop {
        if pieces.get(at) != Some(&Piece::Constant) {
            return None;
        }
        match pieces.get(at + 1)? {
            comma if comma.is(",") => at += 2,
            bracket if bracket.is(")") || bracket.is("]") => return Some(at + 1),
            _ => return None,
        }
    }
}

/// The text, spaced the same way however it came.
fn write(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    let mut constants = 0_usize;
    for piece in pieces {
        let tight = text.is_empty()
            || text.ends_with(['(', '[', '.'])
            || text.ends_with("::")
            || matches!(piece, Piece::Other("," | ")" | "[" | "]" | "." | ";" | "::"));
        if !tight {
            text.push(' ');
        }
        match piece {
            Piece::Constant => {
                constants += 1;
                text.push_str(&format!("${constants}"));
            }
            Piece::Word(word) => text.push_str(word),
            Piece::Other(other) => text.push_str(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(sql: &str) -> String {
        fingerprint(sql).text
    }

    #[test]
    fn values_are_gone_in_every_spelling() {
        for literal in [
            "42",
            "-42",
            "+4.2e-1",
            "0x2A",
            "'ann'",
            "E'a\\'nn'",
            "$$ann$$",
            "$x$ann$x$",
            "U&'ann'",
            "B'1'",
            "$7",
        ] {
            assert_eq!(
                text(&format!("select name from people where key = {literal} limit 1")),
                "select name from people where key = $1 limit $2",
                "{literal}"
            );
        }
    }

    #[test]
    fn what_tells_statements_apart_stays() {
        let different = [
            "select a from t where b = 1",
            "select a from t where b > 1",
            "select a from t where c = 1",
            "select \"A\" from t where b = 1",
            "select a from s.t where b = 1",
            "select a from t where b - 1",
            "select a from t where b in (1, c)",
            "select a from t",
        ];
        let hashes: std::collections::HashSet<String> =
            different.iter().map(|sql| fingerprint(sql).hash).collect();
        assert_eq!(hashes.len(), different.len());
    }

    #[test]
    fn spacing_comments_case_and_the_length_of_lists_do_not_matter() {
        let one = fingerprint("select a from t where b in (1, 2, 3) and c = any(array[1]) and d = -1");
        for other in [
            "SELECT  a\nFROM t -- and 'this'\r WHERE b IN (5) AND c=ANY (ARRAY[ 7,8 ,9]) /* x /* y */ */ and d=12;;",
            "select a from t where b in('x',$1 , -2)and c=any(array['q'])and d= $2",
        ] {
            assert_eq!(fingerprint(other), one, "{other}");
        }
        assert_eq!(one.text, "select a from t where b in ($1) and c = any (array[$2]) and d = $3");
    }

    #[test]
    fn a_sign_is_an_operator_behind_an_operand() {
        assert_eq!(text("select a -1, (b) - 1, $1 - 2, -3"), "select a - $1, (b) - $2, $3 - $4, $5");
    }

    #[test]
    fn a_text_that_never_ends_shows_nothing_of_its_end() {
        assert_eq!(text("select * from t where x = 'secret"), "select * from t where x = $1");
        assert_eq!(text("select 1 /* secret"), "select $1 $2");
        assert_eq!(text("'; secret"), "$1");
    }

    #[test]
    fn long_texts_are_cut_but_their_hashes_are_not() {
        let columns = |last: &str| {
            let many: Vec<String> = (0..500).map(|n| format!("column_{n}")).collect();
            format!("select {}, {last} from t", many.join(", "))
        };
        let (one, other) = (fingerprint(&columns("a")), fingerprint(&columns("b")));
        assert_eq!(one.text, other.text);
        assert_eq!(one.text.chars().count(), KEPT_CHARACTERS + 1);
        assert_ne!(one.hash, other.hash);
    }

    proptest! {
        #[test]
        fn no_string_and_no_number_survives(value in "[a-z ;()\\-/*\"$]{1,20}", number in 10_000_u64..) {
            let sql = format!("select * from t where a = 'canary{value}' and b = {number} or c in ({number}, 'canary')");
            let text = text(&sql);
            prop_assert!(!text.contains("canary") && !text.contains(&number.to_string()), "{text}");
            prop_assert_eq!(text, "select * from t where a = $1 and b = $2 or c in ($3)");
        }

        #[test]
        fn any_text_has_one(sql in "\\PC*") {
            let _found = fingerprint(&sql);
        }

        #[test]
        fn a_fingerprint_is_its_own_fingerprint(sql in "[a-zA-Z0-9_ '\"$.,()\\[\\]=+*/:;-]{0,80}") {
            let once = fingerprint(&sql);
            prop_assert_eq!(fingerprint(&once.text).text, once.text);
        }
    }
}
