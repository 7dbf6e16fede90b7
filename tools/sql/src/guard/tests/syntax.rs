//! Syntax errors read like PostgreSQL's own, at the word that does not fit.

use crate::guard::admit;

fn refused(sql: &str) -> String {
    let refusal = admit(sql).unwrap_err();
    assert_eq!(refusal.rule, "syntax_error");
    format!("{}:{} {} [{}]", refusal.line, refusal.column, refusal.message, refusal.excerpt)
}

#[test]
fn the_word_that_does_not_fit_is_named() {
    for (sql, expected) in [
        ("select a b, c\nfrm orders", r#"2:5 syntax error at or near "orders" [orders]"#),
        ("select * from orders wher id = 1", r#"1:27 syntax error at or near "id" [id = 1]"#),
        (
            "select * from orders where",
            r#"1:22 syntax error at the end of the statement, after "where" [where]"#,
        ),
        ("select * from", r#"1:10 syntax error at the end of the statement, after "from" [from]"#),
        (
            "select * from orders where id = ;",
            r#"1:31 syntax error at the end of the statement, after "=" [=]"#,
        ),
        ("select from where", r#"1:13 syntax error at the end of the statement, after "where" [where]"#),
        ("select 1)", r#"1:9 syntax error at or near ")" [)]"#),
        ("select (select 1", "1:8 a ')' is missing: the bracket that opens here is never closed [(select 1]"),
        (
            "select count(id from orders",
            "1:13 a ')' is missing: the bracket that opens here is never closed [(id from orders]",
        ),
    ] {
        assert_eq!(refused(sql), expected, "{sql}");
    }
}

#[test]
fn only_what_every_tool_takes_is_offered() {
    for sql in ["", "delete from t", "do $$$$", "vacuum", "checkpoint"] {
        assert_eq!(
            admit(sql).unwrap_err().allowed,
            "one SELECT, VALUES, TABLE or WITH query that only reads",
            "{sql}"
        );
    }
}

#[test]
fn a_first_word_that_is_unknown_is_told_by_what_was_meant() {
    for (sql, said) in [
        ("selct 1", "unknown word selct: did you mean SELECT?"),
        ("slect 1", "did you mean SELECT?"),
        ("SELETC 1", "did you mean SELECT?"),
        ("selectt 1", "did you mean SELECT?"),
        ("describe orders", "describe_schema"),
        ("\\d orders", "describe_schema"),
        ("lock table orders", "known to only read"),
        ("copy orders to stdout", "COPY moves data past the limits: use SELECT"),
        ("select repeat('x', 10000001)", "10,000,000"),
    ] {
        let refusal = super::read(sql).unwrap_err();
        assert!(refusal.message.contains(said), "{sql}: {refusal}");
        assert!(!refusal.allowed.contains("1,000,000 that"), "{sql}: {}", refusal.allowed);
    }
}
