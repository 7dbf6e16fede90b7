//! Which expressions an index may be built on: such that give the same for the same row for ever.
//!
//! PostgreSQL asks for functions that are IMMUTABLE. What is not known here to be so is not offered: what depends on the
//! session's time zone or on its way of writing dates is none.

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::Subject;

/// Functions that are immutable for every type that they take.
const FUNCTIONS: &[&str] = &[
    "abs",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "coalesce",
    "floor",
    "left",
    "length",
    "lower",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "replace",
    "reverse",
    "right",
    "round",
    "rtrim",
    "split_part",
    "substr",
    "substring",
    "trim",
    "upper",
];
/// Such that are immutable without a time zone.
const OF_MOMENTS: &[&str] = &["date_part", "date_trunc", "extract", "date"];
const MOMENTS: &[&str] = &["date", "timestamp"];
/// Casts to these are immutable from numbers and texts.
const VALUES: &[&str] = &[
    "int", "int2", "int4", "int8", "integer", "bigint", "smallint", "numeric", "text", "varchar", "boolean",
    "uuid",
];
const WORDS: &[&str] = &[
    "as", "both", "cast", "day", "dow", "doy", "epoch", "for", "from", "hour", "isodow", "leading", "minute",
    "month", "quarter", "second", "trailing", "week", "year",
];

/// Whether an index can be built on it.
pub(crate) fn is(subject: &Subject, table: &Table) -> bool {
    let Subject::Expression { expression, columns } = subject else { return true };
    if columns.is_empty() {
        return false;
    }
    let Some(types) = columns
        .iter()
        .map(|column| table.column(column).map(|column| column.base_type.as_str()))
        .collect::<Option<Vec<&str>>>()
    else {
        return false;
    };
    let moments = types.iter().all(|base| MOMENTS.contains(base));
    let any_moment =
        types.iter().any(|base| base.starts_with("time") || matches!(*base, "date" | "interval"));
    let words = words(expression);
    !words.is_empty()
        && words.iter().all(|word| {
            let lower = word.to_ascii_lowercase();
            let lower = lower.as_str();
            columns.contains(*word)
                || FUNCTIONS.contains(&lower)
                || WORDS.contains(&lower)
                || (VALUES.contains(&lower) && !any_moment)
                || ((OF_MOMENTS.contains(&lower) || MOMENTS.contains(&lower)) && moments)
        })
}

/// The names and keywords of an expression, without its strings.
fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || matches!(c, '_' | '\'' | '"')) {
        rest = rest.get(start..).unwrap_or_default();
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
        let end = match quote {
            Some(quote) => {
                let end = rest.get(1..).and_then(|rest| rest.find(quote)).map_or(rest.len(), |end| end + 2);
                if quote == '"' {
                    words.push(rest.get(1..end - 1).unwrap_or_default());
                }
                end
            }
            None => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                words.push(rest.get(..end).unwrap_or_default());
                end
            }
        };
        rest = rest.get(end..).unwrap_or_default();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::examples::{column, table};

    fn is_indexable(expression: &str, columns: &[&str]) -> bool {
        let kinds = [
            column("email", "text", 'S'),
            column("doc", "jsonb", 'U'),
            column("at", "timestamp", 'D'),
            column("moment", "timestamptz", 'D'),
        ];
        let subject = Subject::Expression {
            expression: expression.into(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        };
        is(&subject, &table("t", 10_000.0, kinds.into(), vec![]))
    }

    #[test]
    fn what_gives_the_same_for_ever_can_be_indexed() {
        assert!(is_indexable("lower(email)", &["email"]));
        assert!(is_indexable("doc ->> 'customer id'", &["doc"]));
        assert!(is_indexable("(doc ->> 'n')::INT", &["doc"]));
        assert!(is_indexable("date_trunc('day', at)", &["at"]));
        assert!(is_indexable("at::DATE", &["at"]));
    }

    #[test]
    fn what_depends_on_the_session_cannot() {
        assert!(!is_indexable("moment::DATE", &["moment"]));
        assert!(!is_indexable("date_trunc('day', moment)", &["moment"]));
        assert!(!is_indexable("at::TEXT", &["at"]));
        assert!(!is_indexable("email::DATE", &["email"]));
        assert!(!is_indexable("to_char(at, 'YYYY')", &["at"]));
        assert!(!is_indexable("my_function(email)", &["email"]));
        assert!(!is_indexable("random()", &[]));
    }
}
