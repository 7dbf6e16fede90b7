//! What stands behind an EXPLAIN that a caller wrote in front of the statement that is meant.

use super::lexer::{Token, TokenKind, lex};

/// The statement behind `EXPLAIN`, its options and `ANALYZE` or `VERBOSE`; nothing where the text does not begin so.
///
/// Only cut out: whoever plans it hands it to the guard.
pub fn explained(sql: &str) -> Option<&str> {
    let tokens = lex(sql).ok()?.tokens;
    let text = |token: &Token| sql.get(token.range.clone()).unwrap_or_default();
    let is_word =
        |token: &Token, word: &str| token.kind == TokenKind::Word && text(token).eq_ignore_ascii_case(word);
    let mut rest = tokens.as_slice();
    let explain = rest.split_off_first()?;
    if !is_word(explain, "explain") {
        return None;
    }
    // A bracket may hold options, or the query.
    if rest.first().is_some_and(|token| text(token) == "(")
        && !rest.iter().find(|token| text(token) != "(").is_some_and(|token| begins_a_query(text(token)))
    {
        let close = rest.iter().position(|token| text(token) == ")")?;
        rest = rest.get(close + 1..)?;
    } else {
        while rest.first().is_some_and(|token| {
            ["analyze", "analyse", "verbose"].iter().any(|option| is_word(token, option))
        }) {
            rest = rest.get(1..)?;
        }
    }
    sql.get(rest.first()?.range.start..)
}

fn begins_a_query(word: &str) -> bool {
    ["select", "values", "table", "with"].iter().any(|begins| word.eq_ignore_ascii_case(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_explain_is_cut_out_whole() {
        for (sql, expected) in [
            ("explain select 1", Some("select 1")),
            ("EXPLAIN ANALYZE VERBOSE select ')'", Some("select ')'")),
            ("explain (analyze, buffers off, format json) update t set a = 1", Some("update t set a = 1")),
            ("/* a */ explain -- b\n (costs off)\ntable t", Some("table t")),
            ("explain (select 1) union select 2", Some("(select 1) union select 2")),
            ("explain ((values (1)))", Some("((values (1)))")),
            ("explain analyze (select 1)", Some("(select 1)")),
            ("select 1", None),
            ("\"explain\" select 1", None),
            ("explain", None),
            ("explain (analyze", None),
            ("explain (analyze)", None),
            ("", None),
        ] {
            assert_eq!(explained(sql), expected, "{sql}");
        }
    }
}
