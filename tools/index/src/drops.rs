//! Indexes that can go: exact duplicates, keys that another key begins with, such as nothing uses, and failed builds.
//!
//! Definitions are compared as PostgreSQL writes them, so that operator classes, collations and directions count.
//! What a constraint, a foreign key, the replica identity or a partitioned index rests on stays; so do unique ones, unless
//! the duplicate is unique too.

use std::collections::BTreeSet;

use pgwright_postgres::catalog::{Index, RelationKind, Table};
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::candidates::{Candidate, Key};
use crate::lookup::plain_keys;
use crate::served::begins_with;

/// An index to drop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Drop {
    /// Removes it; for a person to run.
    pub(crate) ddl: String,
    /// Its definition, which brings it back.
    pub(crate) undo: String,
    /// What makes it superfluous.
    pub(crate) reason: String,
    /// What it takes now.
    pub(crate) size_bytes: u64,
}

/// The superfluous indexes of a table. Those of a partitioned one cannot be dropped concurrently, and are left alone.
pub(crate) fn of(table: &Table) -> Vec<Drop> {
    if table.kind == RelationKind::Partitioned {
        return Vec::new();
    }
    let mut kept: Vec<&Index> = table.indexes.iter().filter(|index| index.valid).collect();
    let mut drops = Vec::new();
    // The youngest goes first, so that of two alike the older stays.
    let mut candidates: Vec<&Index> = kept.clone();
    candidates.sort_by_key(|index| (index.pinned, index.unique, std::cmp::Reverse(index.oid)));
    for index in candidates {
        let others = kept.iter().filter(|other| other.oid != index.oid);
        let Some(reason) = others.filter_map(|other| superfluous(index, other)).next() else { continue };
        kept.retain(|other| other.oid != index.oid);
        drops.push(drop(index, table, reason));
    }
    let invalid = table.indexes.iter().filter(|index| !index.valid && !index.pinned);
    drops.extend(invalid.map(|index| {
        let reason = "invalid, unless it is being built just now: it takes writes and serves no query";
        drop(index, table, reason.to_owned())
    }));
    drops
}

/// Existing indexes that the suggestion `name` begins with: of no more use once it is built.
pub(crate) fn replaced_by(candidate: &Candidate, name: &str, table: &Table) -> Vec<Drop> {
    let is_replaced = |index: &&Index| {
        let keys = plain_keys(index);
        let is_plain = index.method == "btree" && index.valid && !index.unique && !index.pinned;
        let is_bare =
            index.predicate.is_none() && index.included.is_empty() && keys.len() == index.keys.len();
        candidate.is_plain() && is_plain && is_bare && begins_with(&candidate.keys, &keys)
    };
    let reason = format!("only once {name} is built: it begins with the same columns");
    table.indexes.iter().filter(is_replaced).map(|index| drop(index, table, reason.clone())).collect()
}

/// Indexes that no plan of the workload uses, once what is `chosen` is built, and that nothing was seen to use before.
pub(crate) fn unused(
    table: &Table,
    still_used: &BTreeSet<u32>,
    chosen: &[&Candidate],
    window: &str,
) -> Vec<Drop> {
    if table.kind == RelationKind::Partitioned {
        return Vec::new();
    }
    // Of two alike the plan names one, and the other may be the one that stays.
    let is_used = |index: &Index| {
        let mut alike =
            table.indexes.iter().filter(|other| other.oid == index.oid || shape(other) == shape(index));
        alike.any(|one| still_used.contains(&one.oid) || one.scans > 0)
    };
    let goes = |index: &&Index| !index.unique && !index.pinned && index.valid && !is_used(index);
    let going: Vec<u32> = table.indexes.iter().filter(goes).map(|index| index.oid).collect();
    // Without it, deleting a row that is referred to would read this whole table.
    let serves_key = |index: &Index| {
        table.foreign_keys.iter().any(|key| {
            let leads = |leading: Vec<&str>| {
                key.columns
                    .iter()
                    .all(|column| leading.iter().take(key.columns.len()).any(|one| one == column))
            };
            let by_other = table.indexes.iter().filter(|other| !going.contains(&other.oid));
            let is_served = by_other.map(|other| other.leading_columns().collect()).any(leads)
                || chosen
                    .iter()
                    .filter(|candidate| candidate.table == table.oid && candidate.only.is_none())
                    .map(|candidate| candidate.keys.iter().filter_map(Key::column).collect())
                    .any(leads);
            leads(index.leading_columns().collect()) && !is_served
        })
    };
    let reason = format!(
        "not scanned once {window}, and none of these statements uses it with what is suggested (replicas count their own scans)"
    );
    let unused = table.indexes.iter().filter(goes).filter(|index| !serves_key(index));
    unused.map(|index| drop(index, table, reason.clone())).collect()
}

fn drop(index: &Index, table: &Table, reason: String) -> Drop {
    let name = RelationName { schema: table.name.schema.clone(), name: index.name.clone() };
    Drop {
        ddl: format!("drop index concurrently {name}"),
        undo: index.definition.clone(),
        reason,
        size_bytes: u64::try_from(index.size_bytes).unwrap_or_default(),
    }
}

fn superfluous(index: &Index, other: &Index) -> Option<String> {
    if index.pinned || (index.unique && !other.unique) {
        return None;
    }
    let (own, others) = (shape(index)?, shape(other)?);
    if own == others {
        return Some(format!("exact duplicate of {}", other.name));
    }
    let is_plain =
        index.method == "btree" && other.method == "btree" && other.predicate.is_none() && !index.unique;
    let own = own.strip_prefix("btree (")?.strip_suffix(')')?;
    let others = others.strip_prefix("btree (")?;
    // No INCLUDE, no WHERE: nothing stands behind the key.
    let is_prefix = is_plain && index.included.is_empty() && index.predicate.is_none();
    (is_prefix && others.strip_prefix(own)?.starts_with(", "))
        .then(|| format!("{} begins with the same columns", other.name))
}

fn shape(index: &Index) -> Option<&str> {
    index.definition.split_once(" USING ").map(|(_, shape)| shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::examples::{column, index, table};

    fn drops(indexes: Vec<Index>) -> Vec<String> {
        let columns = ["a", "b"].map(|name| column(name, "int4", 'N')).into();
        of(&table("t", 10.0, columns, indexes))
            .into_iter()
            .map(|drop| format!("{} ({})", drop.ddl, drop.reason))
            .collect()
    }

    fn numbered(oid: u32, index: Index) -> Index {
        Index { oid, ..index }
    }

    #[test]
    fn of_two_alike_the_younger_goes() {
        let found = drops(vec![numbered(1, index("old", &["a"])), numbered(2, index("young", &["a"]))]);
        assert_eq!(found, ["drop index concurrently public.young (exact duplicate of old)"]);
    }

    #[test]
    fn a_prefix_goes_and_constraints_stay() {
        let found = drops(vec![numbered(1, index("short", &["a"])), numbered(2, index("long", &["a", "b"]))]);
        assert_eq!(found, ["drop index concurrently public.short (long begins with the same columns)"]);
        let key = Index { unique: true, pinned: true, ..index("key", &["a"]) };
        assert!(drops(vec![numbered(1, key), numbered(2, index("long", &["a", "b"]))]).is_empty());
    }

    #[test]
    fn what_something_else_rests_on_stays_and_makes_others_superfluous() {
        let pinned = |name, columns: &[&str]| Index { pinned: true, ..index(name, columns) };
        let found = drops(vec![numbered(1, index("plain", &["a"])), numbered(2, pinned("pinned", &["a"]))]);
        assert_eq!(found, ["drop index concurrently public.plain (exact duplicate of pinned)"]);
        assert!(
            drops(vec![numbered(1, pinned("short", &["a"])), numbered(2, index("long", &["a", "b"]))])
                .is_empty()
        );
        let unique = |oid, name| Index { oid, unique: true, ..pinned(name, &["a"]) };
        assert!(drops(vec![unique(1, "identity"), unique(2, "referenced")]).is_empty());
        let columns = ["a", "b"].map(|name| column(name, "int4", 'N')).into();
        let table = table("t", 10.0, columns, vec![pinned("part", &["a"])]);
        let candidate = Candidate::btree(1, vec![Key::ascending("a"), Key::ascending("b")]);
        assert!(replaced_by(&candidate, "new", &table).is_empty());
    }

    #[test]
    fn another_collation_is_another_index() {
        let mut other = index("other", &["a"]);
        other.keys[0].default_class = false;
        let columns = ["a", "b"].map(|name| column(name, "text", 'S')).into();
        let table = table("t", 10.0, columns, vec![other]);
        let candidate = Candidate::btree(1, vec![Key::ascending("a"), Key::ascending("b")]);
        assert!(replaced_by(&candidate, "new", &table).is_empty());
    }

    #[test]
    fn a_longer_suggestion_replaces_what_it_begins_with() {
        let columns = ["a", "b"].map(|name| column(name, "int4", 'N')).into();
        let unique = Index { unique: true, ..index("unique", &["a"]) };
        let table = table("t", 10.0, columns, vec![index("short", &["a"]), unique, index("other", &["b"])]);
        let candidate = Candidate::btree(1, vec![Key::ascending("a"), Key::ascending("b")]);
        let found = replaced_by(&candidate, "new", &table);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].ddl, "drop index concurrently public.short");
        assert!(found[0].reason.contains("once new is built"));
    }

    #[test]
    fn what_nothing_uses_goes_unless_a_foreign_key_needs_it() {
        let columns = ["a", "b"].map(|name| column(name, "int4", 'N')).into();
        let scanned = Index { scans: 7, ..index("scanned", &["b"]) };
        let indexes = vec![
            numbered(1, index("idle", &["b", "a"])),
            numbered(2, scanned),
            numbered(3, index("planned", &["b"])),
            numbered(4, index("key", &["a"])),
        ];
        let mut table = table("t", 10.0, columns, indexes);
        table.foreign_keys = vec![pgwright_postgres::catalog::ForeignKey {
            name: "t_a_fkey".into(),
            columns: vec!["a".into()],
            referenced: RelationName::qualified("public", "u"),
            referenced_columns: vec!["id".into()],
            validated: true,
        }];
        let dropped = |chosen: &[&Candidate]| -> Vec<String> {
            unused(&table, &BTreeSet::from([3]), chosen, "ever").into_iter().map(|drop| drop.ddl).collect()
        };
        assert_eq!(dropped(&[]), ["drop index concurrently public.idle"]);
        let instead = Candidate::btree(table.oid, vec![Key::ascending("a"), Key::ascending("b")]);
        assert!(dropped(&[&instead]).contains(&"drop index concurrently public.key".to_owned()));
    }

    #[test]
    fn another_class_is_another_index() {
        let mut pattern = index("pattern", &["a"]);
        pattern.definition = "CREATE INDEX pattern ON public.t USING btree (a text_pattern_ops)".into();
        assert!(drops(vec![numbered(1, index("plain", &["a", "b"])), numbered(2, pattern)]).is_empty());
        let invalid = Index { valid: false, ..index("invalid", &["a", "b"]) };
        let found = drops(vec![numbered(1, index("short", &["a"])), numbered(2, invalid)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("drop index concurrently public.invalid (invalid"), "{found:?}");
    }
}
