//! Parameters where the grammar wants a string: what `pg_stat_statements` makes of `date '2024-01-01'`.

use std::borrow::Cow;

use crate::guard::{TokenKind, lex};

/// Names that no parameter stands behind but as their literal.
const TYPES: &[&str] = &[
    "bigint",
    "bool",
    "boolean",
    "bytea",
    "cidr",
    "date",
    "decimal",
    "float4",
    "float8",
    "inet",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "money",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
    "varchar",
];
const UNITS: &[&str] = &["year", "month", "day", "hour", "minute", "second"];

/// Rewrites `date $1`, `interval $2 day` and the like to `$1::date`, `$2::interval`, which PostgreSQL can prepare.
pub fn cast_typed_parameters(sql: &str) -> Cow<'_, str> {
    let Ok(lexed) = lex(sql) else { return Cow::Borrowed(sql) };
    let tokens = lexed.tokens;
    let text = |at: usize| tokens.get(at).and_then(|token| sql.get(token.range.clone())).unwrap_or_default();
    let is_word = |at: usize, words: &[&str]| words.iter().any(|word| text(at).eq_ignore_ascii_case(word));

    let mut rewritten = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let zone = if is_word(at + 1, &["with", "without"])
            && is_word(at + 2, &["time"])
            && is_word(at + 3, &["zone"])
        {
            3
        } else {
            0
        };
        let parameter = at + 1 + zone;
        let is_typed = token.kind == TokenKind::Word
            && is_word(at, TYPES)
            && tokens.get(parameter).is_some_and(|next| next.kind == TokenKind::Parameter);
        if !is_typed {
            at += 1;
            continue;
        }
        let type_end = tokens.get(at + zone).map_or(token.range.end, |last| last.range.end);
        rewritten.push_str(sql.get(copied..token.range.start).unwrap_or_default());
        rewritten.push_str(text(parameter));
        rewritten.push_str("::");
        rewritten.push_str(sql.get(token.range.start..type_end).unwrap_or_default());
        let has_unit = is_word(at, &["interval"]) && is_word(parameter + 1, UNITS);
        let last = if has_unit { parameter + 1 } else { parameter };
        copied = tokens.get(last).map_or(copied, |last| last.range.end);
        at = last + 1;
    }
    if copied == 0 {
        return Cow::Borrowed(sql);
    }
    rewritten.push_str(sql.get(copied..).unwrap_or_default());
    Cow::Owned(rewritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_parameter_becomes_a_cast() {
        assert_eq!(
            cast_typed_parameters("select date $1 + interval $2 day"),
            "select $1::date + $2::interval"
        );
        assert_eq!(
            cast_typed_parameters("a < timestamp with time zone $1 and b"),
            "a < $1::timestamp with time zone and b"
        );
        assert_eq!(
            cast_typed_parameters("a @> jsonb $1 and b > numeric $2 and c << inet $3"),
            "a @> $1::jsonb and b > $2::numeric and c << $3::inet"
        );
    }

    #[test]
    fn other_text_stays() {
        let sql = "select 'date $1', \"date\", date '2024-01-01', $1::date from t where date = $1";
        assert!(matches!(cast_typed_parameters(sql), Cow::Borrowed(_)));
    }
}
