//! What other databases write where PostgreSQL has another word, each with that word.

use super::{caps::Bounded, lexer::Token, refusal::Refusal};

/// What `SHOW` shows elsewhere; here it shows settings.
const SHOWN: &[&str] = &[
    "columns",
    "create",
    "databases",
    "engines",
    "fields",
    "full",
    "functions",
    "grants",
    "index",
    "indexes",
    "keys",
    "processlist",
    "schemas",
    "status",
    "table",
    "tables",
    "triggers",
    "variables",
    "views",
];

/// Refuses `SHOW TABLES` and the like.
pub(super) fn shows(bounded: &Bounded<'_>) -> Result<(), Refusal> {
    let [show, shown, ..] = bounded.tokens.tokens.as_slice() else { return Ok(()) };
    let what = text(bounded, shown);
    let is_foreign = text(bounded, show).eq_ignore_ascii_case("show")
        && SHOWN.iter().any(|known| what.eq_ignore_ascii_case(known));
    if !is_foreign {
        return Ok(());
    }
    let message = format!("SHOW {} is not PostgreSQL's, whose SHOW tells one setting", what.to_uppercase());
    let allowed =
        "describe_schema, which tells schemas, tables, columns and indexes; activity is in pg_stat_activity";
    Err(Refusal::at(bounded.sql, show.range.start, "statement_kind", message, allowed))
}

/// A syntax error at `at` that is another database's syntax.
pub(super) fn syntax(bounded: &Bounded<'_>, at: usize) -> Option<Refusal> {
    let tokens = &bounded.tokens.tokens;
    let refuse = |token: &Token, message: &str, allowed| {
        Some(Refusal::at(bounded.sql, token.range.start, "syntax_error", message, allowed))
    };
    if let Some(quoted) = tokens.iter().find(|token| text(bounded, token).starts_with('`')) {
        let allowed =
            "names as they are, or in double quotes where they hold capitals or signs: \"Order Lines\"";
        return refuse(quoted, "PostgreSQL does not quote names with backticks", allowed);
    }
    let wrong = tokens.iter().position(|token| token.range.end > at)?;
    let [limit, _, comma] = tokens.get(wrong.checked_sub(2)?..=wrong)? else { return None };
    let is_pair = text(bounded, limit).eq_ignore_ascii_case("limit") && text(bounded, comma) == ",";
    if is_pair { refuse(limit, "LIMIT a, b is MySQL's", "limit b offset a") } else { None }
}

fn text<'a>(bounded: &Bounded<'a>, token: &Token) -> &'a str {
    bounded.sql.get(token.range.clone()).unwrap_or_default()
}
