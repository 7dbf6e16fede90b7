//! Names that may be functions in a statement or a condition: words before a parenthesis.
//!
//! Reads more than there is (`in (`, texts that look like calls), which costs nothing: the names are only looked up.

use std::collections::BTreeSet;

/// What stands before parentheses in most statements and is never a function of somebody's own.
const NEVER: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "avg",
    "by",
    "case",
    "cast",
    "coalesce",
    "count",
    "distinct",
    "else",
    "except",
    "exists",
    "extract",
    "filter",
    "from",
    "group",
    "having",
    "in",
    "intersect",
    "is",
    "join",
    "lateral",
    "lower",
    "max",
    "min",
    "not",
    "now",
    "nullif",
    "on",
    "or",
    "over",
    "partition",
    "row_number",
    "select",
    "some",
    "sum",
    "then",
    "union",
    "upper",
    "using",
    "values",
    "varying",
    "when",
    "where",
    "with",
];

/// A name, and its schema where it is written.
pub(crate) type Called = (Option<String>, String);

/// All of them in these texts.
pub(crate) fn names<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<Called> {
    let mut names = BTreeSet::new();
    for text in texts {
        for (open, _) in text.match_indices('(') {
            names.extend(before(&text[..open]));
        }
    }
    names
}

fn before(text: &str) -> Option<Called> {
    let (rest, name) = last_identifier(text.trim_end())?;
    let schema = rest.strip_suffix('.').and_then(last_identifier).map(|(_, schema)| schema);
    (schema.is_some() || !NEVER.contains(&name.as_str())).then_some((schema, name))
}

/// The identifier that a text ends with, as the catalogue writes it, and what stands before it.
fn last_identifier(text: &str) -> Option<(&str, String)> {
    if let Some(inside) = text.strip_suffix('"') {
        let start = inside.rfind('"')?;
        return Some((&inside[..start], inside[start + 1..].to_owned()));
    }
    let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let start = text
        .rfind(|letter| !word(letter))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let name = &text[start..];
    let begins = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    begins.then(|| (&text[..start], name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let full = |(schema, name): Called| {
            schema.map(|schema| format!("{schema}.{name}")).unwrap_or_default() + &name
        };
        names(std::iter::once(text)).into_iter().map(full).collect()
    }

    #[test]
    fn functions_are_told_from_words() {
        assert_eq!(found("select count(*) from t where Slow (a) and b in (1, 2)"), ["slow"]);
        assert_eq!(found("(\"Odd Name\"(a) = é(b))"), ["Odd Name", "é"]);
        assert_eq!(found("((lower(a) = 'x'::text) AND (count(b) > 1))"), Vec::<String>::new());
    }

    #[test]
    fn a_schema_is_kept() {
        let called = names(std::iter::once("app.check_it(x) and \"My\".\"F\"(y)"));
        let name = |schema: &str, name: &str| (Some(schema.to_owned()), name.to_owned());
        assert_eq!(called.into_iter().collect::<Vec<_>>(), [name("My", "F"), name("app", "check_it")]);
    }

    #[test]
    fn what_ends_in_the_middle_is_no_name() {
        for text in ["(", "((", "\"(", ".(", "1(", "é.(", "a..b("] {
            let _ = found(text);
        }
    }
}
