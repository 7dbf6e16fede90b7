//! A statement that somebody else ran, made fit to be shown: the values and comments that are left in its text go.
//!
//! `pg_stat_statements` puts `$n` in the place of values, but not always: of a statement whose entry was evicted meanwhile it
//! keeps the text as it came, and it never looks into comments. The result is a statement still, with more parameters.

use crate::fingerprint;
use crate::guard::{Token, TokenKind, lex};

/// The statement with a parameter in the place of every value, and without comments. Of numbers, those stay that are
/// positions (`order by 2`) or lengths (`numeric(10, 2)`): they are two digits at most, or belong to a type.
pub fn without_values(sql: &str) -> String {
    let Ok(lexed) = lex(sql) else { return fingerprint(sql).text };
    let tokens = &lexed.tokens;
    let text = |token: &Token| sql.get(token.range.clone()).unwrap_or_default();
    let known = tokens.iter().filter(|token| token.kind == TokenKind::Parameter);
    let mut last = known.filter_map(|token| text(token).get(1..)?.parse::<u32>().ok()).max().unwrap_or(0);

    let mut shown = String::with_capacity(sql.len());
    let mut copied = 0;
    let mut comments = lexed.comments.iter().peekable();
    for (at, token) in tokens.iter().enumerate() {
        while let Some(comment) = comments.next_if(|comment| comment.start < token.range.start) {
            shown.push_str(sql.get(copied..comment.start).unwrap_or_default());
            shown.push(' ');
            copied = comment.end;
        }
        shown.push_str(sql.get(copied..token.range.start).unwrap_or_default());
        let is_value = match token.kind {
            TokenKind::Text => true,
            TokenKind::Number => text(token).len() > 2 && !is_length(tokens, at, text),
            _ => false,
        };
        if is_value {
            last += 1;
            shown.push_str(&format!("${last}"));
        } else {
            shown.push_str(text(token));
        }
        copied = token.range.end;
    }
    shown.truncate(shown.trim_end_matches(|end: char| end == ';' || end.is_whitespace()).len());
    shown.trim_start().to_owned()
}

/// Whether a number is the length of a type: `varchar(255)`.
fn is_length<'a>(tokens: &'a [Token], at: usize, text: impl Fn(&'a Token) -> &'a str) -> bool {
    const TYPES: &[&str] =
        &["bit", "bpchar", "char", "character", "decimal", "numeric", "varbit", "varchar", "varying"];
    let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(&text);
    before(1) == Some("(")
        && before(2).is_some_and(|word| TYPES.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_were_left_become_parameters() {
        assert_eq!(
            without_values(
                "select * from t where mail = 'ann@example.org' and id = 4711 and a = $2 order by 1;"
            ),
            "select * from t where mail = $3 and id = $4 and a = $2 order by 1"
        );
        assert_eq!(without_values("select $$secret$$, E'se\\'cret', 1.5e3"), "select $1, $2, $3");
    }

    #[test]
    fn comments_go() {
        assert_eq!(without_values("/* user=ann */ select a -- 42\nfrom t /* bob */"), "select a  \nfrom t");
    }

    #[test]
    fn what_says_no_value_stays() {
        let sql = "select \"Name 'x'\", a::numeric(10, 2), b::varchar(255) from t limit $1";
        assert_eq!(without_values(sql), sql);
    }

    #[test]
    fn what_cannot_be_read_keeps_no_value_either() {
        assert!(!without_values("select * from t where name = 'ann").contains("ann"));
    }
}
