//! The statements that make and undo an index, and its name.

use std::collections::BTreeSet;

use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::Subject;
use pgwright_sql::{RelationName, quote_identifier};

use crate::candidates::{Candidate, Class, Key, Method};

/// PostgreSQL keeps this much of a name.
const LONGEST_NAME: usize = 63;

/// A name as PostgreSQL itself would choose it, `table_column_column_idx`, that is not taken.
pub(crate) fn name(candidate: &Candidate, table: &Table, taken: &BTreeSet<String>) -> String {
    let part = |key: &Key| match &key.part {
        Subject::Column(column) => column.clone(),
        Subject::Expression { expression, .. } => word(expression).unwrap_or("expr").to_ascii_lowercase(),
    };
    let parts: Vec<String> = candidate.keys.iter().map(part).collect();
    let stem = format!("{}_{}", table.name.name, parts.join("_"));
    let named = |end: &str| format!("{}{end}", cut(&stem, LONGEST_NAME - end.len()));
    let first = if stem.len() + "_idx".len() <= LONGEST_NAME {
        named("_idx")
    } else {
        // What is cut off would make two names one.
        named(&format!("_{:08x}_idx", fingerprint(&stem)))
    };
    let numbered = (1_u32..).map(|number| named(&format!("_idx{number}")));
    std::iter::once(first).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(stem)
}

/// The first name in an expression: a function's, or a column's.
fn word(expression: &str) -> Option<&str> {
    expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|word| !word.is_empty())
}

/// `create index concurrently …`
pub(crate) fn create(name: &str, candidate: &Candidate, table: &Table) -> String {
    format!("create index concurrently {} on {}", quote_identifier(name), definition(candidate, table))
}

/// The same index without a name, and built at once.
pub(crate) fn hypothetical(candidate: &Candidate, table: &Table) -> String {
    format!("create index on {}", definition(candidate, table))
}

fn definition(candidate: &Candidate, table: &Table) -> String {
    let method = match candidate.method {
        Method::Btree => String::new(),
        other => format!("using {} ", other.as_str()),
    };
    let keys: Vec<String> = candidate.keys.iter().map(|key| written(key, table)).collect();
    let mut definition = format!("{} {method}({})", table.name, keys.join(", "));
    if !candidate.included.is_empty() {
        let included: Vec<_> = candidate.included.iter().map(|column| quote_identifier(column)).collect();
        definition.push_str(&format!(" include ({})", included.join(", ")));
    }
    if let Some(only) = &candidate.only {
        definition.push_str(&format!(" where {}", only.conditions.join(" and ")));
    }
    definition
}

/// `drop index concurrently …`
pub(crate) fn drop(name: &str, table: &Table) -> String {
    let index = RelationName { schema: table.name.schema.clone(), name: name.to_owned() };
    format!("drop index concurrently {index}")
}

fn written(key: &Key, table: &Table) -> String {
    let mut written = match &key.part {
        Subject::Column(column) => quote_identifier(column),
        Subject::Expression { expression, .. } => format!("({expression})"),
    };
    if let Some(class) = key.class {
        let column = key.column().and_then(|column| table.column(column));
        let is_padded = column.is_some_and(|column| column.base_type == "bpchar");
        written.push(' ');
        written.push_str(match class {
            Class::TextPattern if is_padded => "bpchar_pattern_ops",
            class => class.as_str(),
        });
    }
    if key.descending {
        written.push_str(" desc");
    }
    match (key.descending, key.nulls_first) {
        (true, false) => written.push_str(" nulls last"),
        (false, true) => written.push_str(" nulls first"),
        _ => {}
    }
    written
}

fn cut(name: &str, bytes: usize) -> &str {
    name.get(..name.floor_char_boundary(bytes)).unwrap_or_default()
}

/// FNV-1a: the same on every machine and in every version.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Only;
    use crate::candidates::examples::{column, table};

    fn candidate(columns: &[&str]) -> Candidate {
        Candidate::btree(1, columns.iter().map(|column| Key::ascending(column)).collect())
    }

    #[test]
    fn directions_are_written_where_they_differ_from_the_default() {
        let table = table("Order", 1.0, vec![column("a", "text", 'S')], vec![]);
        let mut wanted = candidate(&["a", "b", "select"]);
        wanted.keys[1] = Key { descending: true, nulls_first: true, ..Key::ascending("b") };
        wanted.keys[2].nulls_first = true;
        assert_eq!(
            create("i", &wanted, &table),
            r#"create index concurrently i on public."Order" (a, b desc, "select" nulls first)"#
        );
        assert_eq!(drop("I", &table), r#"drop index concurrently public."I""#);
    }

    #[test]
    fn every_kind_is_written_out() {
        let table = table("t", 1.0, vec![column("a", "text", 'S')], vec![]);
        let lower = Subject::Expression { expression: "lower(a)".into(), columns: ["a".to_owned()].into() };
        let only = Only { conditions: vec!["b is null".into(), "not c".into()], rows_per_million: 1 };
        let btree = Candidate { included: vec!["d".into()], only: Some(only), ..candidate(&["a"]) };
        assert_eq!(
            hypothetical(&Candidate { keys: vec![Key::of(&lower)], ..btree }, &table),
            "create index on public.t ((lower(a))) include (d) where b is null and not c"
        );
        let trigrams = Key { class: Some(Class::Trigrams), ..Key::ascending("a") };
        let gin = Candidate { method: Method::Gin, keys: vec![trigrams], ..candidate(&[]) };
        assert_eq!(
            create("i", &gin, &table),
            "create index concurrently i on public.t using gin (a gin_trgm_ops)"
        );
        assert_eq!(
            name(&Candidate { keys: vec![Key::of(&lower)], ..gin }, &table, &BTreeSet::new()),
            "t_lower_idx"
        );
    }

    #[test]
    fn names_are_short_and_free() {
        let table = table("t", 1.0, vec![], vec![]);
        assert_eq!(name(&candidate(&["a", "b"]), &table, &BTreeSet::new()), "t_a_b_idx");
        assert_eq!(name(&candidate(&["a"]), &table, &BTreeSet::from(["t_a_idx".to_owned()])), "t_a_idx1");
        let long =
            name(&candidate(&["a".repeat(40).as_str(), "b".repeat(40).as_str()]), &table, &BTreeSet::new());
        let other =
            name(&candidate(&["a".repeat(40).as_str(), "c".repeat(40).as_str()]), &table, &BTreeSet::new());
        assert!(long.len() == 63 && other.len() == 63 && long != other, "{long} {other}");
    }
}
