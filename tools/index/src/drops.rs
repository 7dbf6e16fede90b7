//! Indexes that another one makes superfluous: exact duplicates, and keys that another key begins with.
//!
//! Definitions are compared as PostgreSQL writes them, so that operator classes, collations and directions count.
//! Indexes of constraints and unique ones stay, unless the duplicate is unique too.

use pgwright_postgres::catalog::{Index, Table};
use pgwright_sql::RelationName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::candidates::Candidate;
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

/// The superfluous indexes of a table.
pub(crate) fn of(table: &Table) -> Vec<Drop> {
    let mut kept: Vec<&Index> = table.indexes.iter().filter(|index| index.valid).collect();
    let mut drops = Vec::new();
    // The youngest goes first, so that of two alike the older stays.
    let mut candidates: Vec<&Index> = kept.clone();
    candidates.sort_by_key(|index| (index.constraint, index.unique, std::cmp::Reverse(index.oid)));
    for index in candidates {
        let others = kept.iter().filter(|other| other.oid != index.oid);
        let Some(reason) = others.filter_map(|other| superfluous(index, other)).next() else { continue };
        kept.retain(|other| other.oid != index.oid);
        drops.push(drop(index, table, reason));
    }
    drops
}

/// Existing indexes that the suggestion `name` begins with: of no more use once it is built.
pub(crate) fn replaced_by(candidate: &Candidate, name: &str, table: &Table) -> Vec<Drop> {
    let is_replaced = |index: &&Index| {
        let keys = plain_keys(index);
        let is_plain = index.method == "btree" && index.valid && !index.unique && !index.constraint;
        let is_bare =
            index.predicate.is_none() && index.included.is_empty() && keys.len() == index.keys.len();
        // A collation of its own is not in the key.
        let has_collation = index.definition.contains(" COLLATE ");
        is_plain && is_bare && !has_collation && begins_with(&candidate.keys, &keys)
    };
    let reason = format!("only once {name} is built: it begins with the same columns");
    table.indexes.iter().filter(is_replaced).map(|index| drop(index, table, reason.clone())).collect()
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
    if index.constraint || index.primary || (index.unique && !other.unique) {
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
    use crate::candidates::Key;
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
        let key = Index { unique: true, constraint: true, ..index("key", &["a"]) };
        assert!(drops(vec![numbered(1, key), numbered(2, index("long", &["a", "b"]))]).is_empty());
    }

    #[test]
    fn a_longer_suggestion_replaces_what_it_begins_with() {
        let columns = ["a", "b"].map(|name| column(name, "int4", 'N')).into();
        let unique = Index { unique: true, ..index("unique", &["a"]) };
        let table = table("t", 10.0, columns, vec![index("short", &["a"]), unique, index("other", &["b"])]);
        let candidate = Candidate { table: 1, keys: vec![Key::ascending("a"), Key::ascending("b")] };
        let found = replaced_by(&candidate, "new", &table);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].ddl, "drop index concurrently public.short");
        assert!(found[0].reason.contains("once new is built"));
    }

    #[test]
    fn another_class_is_another_index() {
        let mut pattern = index("pattern", &["a"]);
        pattern.definition = "CREATE INDEX pattern ON public.t USING btree (a text_pattern_ops)".into();
        assert!(drops(vec![numbered(1, index("plain", &["a", "b"])), numbered(2, pattern)]).is_empty());
        let invalid = Index { valid: false, ..index("invalid", &["a", "b"]) };
        assert!(drops(vec![numbered(1, index("short", &["a"])), numbered(2, invalid)]).is_empty());
    }
}
