//! The statements that make and undo an index, and its name.

use std::collections::BTreeSet;

use pgwright_postgres::catalog::Table;
use pgwright_sql::{RelationName, quote_identifier};

use crate::candidates::{Candidate, Key};

/// PostgreSQL keeps this much of a name.
const LONGEST_NAME: usize = 63;

/// A name as PostgreSQL itself would choose it, `table_column_column_idx`, that is not taken.
pub(crate) fn name(candidate: &Candidate, table: &Table, taken: &BTreeSet<String>) -> String {
    let stem = format!("{}_{}", table.name.name, candidate.columns().join("_"));
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

/// `create index concurrently …`
pub(crate) fn create(name: &str, candidate: &Candidate, table: &Table) -> String {
    format!(
        "create index concurrently {} on {} ({})",
        quote_identifier(name),
        table.name,
        keys(candidate, table)
    )
}

/// The same index as HypoPG reads it: without a name, and never concurrently.
pub(crate) fn hypothetical(candidate: &Candidate, table: &Table) -> String {
    format!("create index on {} ({})", table.name, keys(candidate, table))
}

/// `drop index concurrently …`
pub(crate) fn drop(name: &str, table: &Table) -> String {
    let index = RelationName { schema: table.name.schema.clone(), name: name.to_owned() };
    format!("drop index concurrently {index}")
}

/// The key as SQL: `a, b desc`.
pub(crate) fn keys(candidate: &Candidate, table: &Table) -> String {
    let keys: Vec<String> = candidate.keys.iter().map(|key| written(key, table)).collect();
    keys.join(", ")
}

fn written(key: &Key, table: &Table) -> String {
    let mut written = quote_identifier(&key.column);
    if key.pattern {
        let is_padded = table.column(&key.column).is_some_and(|column| column.base_type == "bpchar");
        written.push_str(if is_padded { " bpchar_pattern_ops" } else { " text_pattern_ops" });
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
    use crate::candidates::examples::{column, table};

    fn candidate(columns: &[&str]) -> Candidate {
        Candidate { table: 1, keys: columns.iter().map(|column| Key::ascending(column)).collect() }
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
