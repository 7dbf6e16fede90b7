//! Values in place of parameters: a statement as it would be sent with them.

use std::collections::BTreeMap;

use crate::guard::{TokenKind, lex};

/// Writes SQL text for each parameter. `None` when one has no value, or the text does not lex.
pub fn with_values(sql: &str, values: &BTreeMap<u16, String>) -> Option<String> {
    let lexed = lex(sql).ok()?;
    let mut written = String::with_capacity(sql.len());
    let mut copied = 0;
    for token in lexed.tokens.iter().filter(|token| token.kind == TokenKind::Parameter) {
        let number: u16 = sql.get(token.range.clone())?.strip_prefix('$')?.parse().ok()?;
        written.push_str(sql.get(copied..token.range.start)?);
        written.push_str(values.get(&number)?);
        copied = token.range.end;
    }
    written.push_str(sql.get(copied..)?);
    Some(written)
}

/// The parameters that stand right behind a word such as `limit`.
pub fn parameters_behind(sql: &str, word: &str) -> Vec<u16> {
    let Ok(lexed) = lex(sql) else { return Vec::new() };
    let text =
        |at: usize| lexed.tokens.get(at).and_then(|token| sql.get(token.range.clone())).unwrap_or_default();
    let behind = (1..lexed.tokens.len()).filter(|at| text(at - 1).eq_ignore_ascii_case(word));
    behind.filter_map(|at| text(at).strip_prefix('$')?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_give_way_to_values_and_texts_that_look_like_them_do_not() {
        let values = BTreeMap::from([(1, "'x'".to_owned()), (10, "7".to_owned())]);
        let sql = "select '$1', \"$1\" from t where a = $1 and b = $10::int -- $2";
        assert_eq!(
            with_values(sql, &values).unwrap(),
            "select '$1', \"$1\" from t where a = 'x' and b = 7::int -- $2"
        );
        assert_eq!(with_values("select $3", &values), None);
        assert_eq!(parameters_behind("select 1 limit $2 offset $3", "limit"), [2]);
    }
}
