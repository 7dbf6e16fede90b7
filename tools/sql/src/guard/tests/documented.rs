//! `docs/guard.md` tells every rule and every group of refused functions.

use crate::guard::{builtin, tests::hostile};

const PAGE: &str = include_str!("../../../../../docs/guard.md");

#[test]
fn every_rule_is_documented() {
    for rule in hostile::rules() {
        assert!(PAGE.contains(&format!("| `{rule}` |")), "{rule}");
    }
}

#[test]
fn every_group_of_refused_functions_is_documented_with_its_count() {
    for (_, group) in builtin::refused() {
        let count = builtin::refused().filter(|(_, other)| other.id == group.id).count();
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{}` |", group.id)));
        assert!(
            row.is_some_and(|row| row.contains(&format!("({count})")) && row.contains(group.instead)),
            "{group:?}"
        );
    }
    for count in [builtin::allowed().count(), builtin::refused().count()] {
        let shown = format!("{},{:03}", count / 1_000, count % 1_000);
        assert!(PAGE.contains(&shown) || PAGE.contains(&format!(" {count} may")), "{count}");
    }
}
