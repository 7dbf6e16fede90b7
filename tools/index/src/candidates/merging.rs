//! Two indexes in one: the key of the one goes on with what only the other has.

use super::{Candidate, WIDEST};

/// The B-tree that begins as `first` and holds the parts of `second` as well, if that is sound.
pub(crate) fn of(first: &Candidate, second: &Candidate) -> Option<Candidate> {
    let can_meet = first.table == second.table
        && first.method == super::Method::Btree
        && second.method == super::Method::Btree
        && first.only == second.only
        && first != second;
    if !can_meet {
        return None;
    }
    let mut keys = first.keys.clone();
    keys.extend(second.keys.iter().filter(|key| !first.keys.iter().any(|own| own.part == key.part)).cloned());
    let keyed = |column: &String| keys.iter().any(|key| key.column() == Some(column));
    let mut included: Vec<String> =
        first.included.iter().chain(&second.included).filter(|column| !keyed(column)).cloned().collect();
    included.sort();
    included.dedup();
    let merged = Candidate { keys, included, ..first.clone() };
    (merged.keys.len() <= WIDEST && merged != *first && merged != *second).then_some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Key;

    fn over(columns: &[&str]) -> Candidate {
        Candidate::btree(1, columns.iter().map(|column| Key::ascending(column)).collect())
    }

    #[test]
    fn the_first_key_goes_on_with_the_second() {
        assert_eq!(of(&over(&["a", "b"]), &over(&["a", "c"])), Some(over(&["a", "b", "c"])));
        assert_eq!(of(&over(&["a"]), &over(&["a", "c"])), None, "it is the second already");
        assert_eq!(of(&over(&["a"]), &Candidate { table: 2, ..over(&["b"]) }), None);
    }
}
