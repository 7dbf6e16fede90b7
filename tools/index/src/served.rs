//! What existing indexes serve already.
//!
//! An index serves a candidate when it begins with the candidate's key, in either direction. A look-up by all columns of
//! a unique key finds one row at most, whatever else is asked. Invalid, partial and expression indexes, and such with a
//! special operator class, serve nothing here.

use pgwright_postgres::catalog::{Index, Table};

use crate::candidates::{Candidate, Key};
use crate::lookup::plain_keys;

/// The existing index that serves the candidate, if one does.
pub(crate) fn by<'t>(candidate: &Candidate, table: &'t Table) -> Option<&'t Index> {
    table.indexes.iter().find(|index| serves(index, candidate))
}

/// Whether one key begins with the other, read in either direction.
pub(crate) fn begins_with(longer: &[Key], shorter: &[Key]) -> bool {
    let Some(beginning) = longer.get(..shorter.len()) else { return false };
    let same = |a: &Key, b: &Key| a == b;
    let reversed = |a: &Key, b: &Key| {
        a.part == b.part
            && a.class == b.class
            && a.descending != b.descending
            && a.nulls_first != b.nulls_first
    };
    let matches = |how: &dyn Fn(&Key, &Key) -> bool| beginning.iter().zip(shorter).all(|(a, b)| how(a, b));
    matches(&same) || matches(&reversed)
}

/// The unique index that leaves one row at most when these columns are each bound to one value.
pub(crate) fn one_row<'t>(columns: &[&str], table: &'t Table) -> Option<&'t Index> {
    table.indexes.iter().filter(|index| index.unique && is_usable(index)).find(|index| {
        let keys = plain_keys(index);
        keys.len() == index.keys.len()
            && keys.iter().all(|key| key.column().is_some_and(|column| columns.contains(&column)))
    })
}

fn serves(index: &Index, candidate: &Candidate) -> bool {
    candidate.is_plain() && is_usable(index) && begins_with(&plain_keys(index), &candidate.keys)
}

fn is_usable(index: &Index) -> bool {
    index.method == "btree" && index.valid && index.predicate.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::examples::{column, index, table};

    fn candidate(columns: &[&str]) -> Candidate {
        Candidate::btree(1, columns.iter().map(|column| Key::ascending(column)).collect())
    }

    fn served(index: Index, columns: &[&str]) -> bool {
        let table =
            table("t", 10_000.0, vec![column("a", "int4", 'N'), column("b", "int4", 'N')], vec![index]);
        by(&candidate(columns), &table).is_some()
    }

    #[test]
    fn a_prefix_is_served_and_a_longer_or_other_key_is_not() {
        assert!(served(index("i", &["a", "b"]), &["a"]));
        assert!(served(index("i", &["a", "b"]), &["a", "b"]));
        assert!(!served(index("i", &["a", "b"]), &["b"]));
        assert!(!served(index("i", &["a"]), &["a", "b"]));
    }

    #[test]
    fn a_unique_key_leaves_one_row_when_all_of_it_is_given() {
        let unique = Index { unique: true, ..index("i", &["a", "b"]) };
        let table =
            table("t", 10_000.0, vec![column("a", "int4", 'N'), column("b", "int4", 'N')], vec![unique]);
        assert!(one_row(&["b", "c", "a"], &table).is_some());
        assert!(one_row(&["a"], &table).is_none());
    }

    #[test]
    fn what_the_planner_may_not_use_serves_nothing() {
        assert!(!served(Index { valid: false, ..index("i", &["a"]) }, &["a"]));
        assert!(!served(Index { predicate: Some("a > 0".into()), ..index("i", &["a"]) }, &["a"]));
        assert!(!served(Index { method: "hash".into(), ..index("i", &["a"]) }, &["a"]));
        let mut special = index("i", &["a"]);
        special.keys[0].default_class = false;
        assert!(!served(special, &["a"]));
    }

    #[test]
    fn a_key_is_read_backwards_as_a_whole_only() {
        let mut both = index("i", &["a", "b"]);
        for key in &mut both.keys {
            (key.descending, key.nulls_first) = (true, true);
        }
        assert!(served(both.clone(), &["a", "b"]));
        both.keys[0].descending = false;
        both.keys[0].nulls_first = false;
        assert!(!served(both, &["a", "b"]));
    }
}
