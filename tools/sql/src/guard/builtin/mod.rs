//! The functions of pg_catalog, each read by a person: those that a query may call, and those that it may not, with why.
//!
//! PostgreSQL's own label is not enough. Some functions that it calls stable run SQL text or read files, and some that it
//! calls volatile only vary. The lists hold every function of PostgreSQL 13 to 18; a test holds them against real servers.

use std::{collections::HashMap, sync::LazyLock};

use crate::FunctionName;

/// One name a line.
const ALLOWED: &str = include_str!("allowed.txt");
/// One name a line; volatile by label, harmless by nature: their value varies, the database does not.
const HARMLESS: &str = include_str!("harmless.txt");
/// Types without a function of their own name: `uuid(value)` is a cast.
const TYPES: &str = include_str!("types.txt");
/// Groups, each with a line `# id: what its functions do; what is allowed instead`, and one name a line.
const REFUSED: &str = include_str!("refused.txt");

/// What is known of a function by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Built in (or a cast that looks like a call), and a query may call it.
    Allowed,
    /// Built in, and a query may not call it.
    Refused(Group),
    /// Not known to be built in: it is somebody else's, or of a newer PostgreSQL. Only the database can tell.
    Foreign,
}

/// Why functions are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its stable name.
    pub id: &'static str,
    /// What its functions do, as the rest of a sentence: "it …".
    pub does: &'static str,
    /// What would be allowed instead.
    pub instead: &'static str,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Standing>> = LazyLock::new(|| {
    let allowed = allowed().chain(names(TYPES)).map(|name| (name, Standing::Allowed));
    allowed.chain(refused().map(|(name, group)| (name, Standing::Refused(group)))).collect()
});

/// What is known of a function by its name. A bare name counts as pg_catalog's, which comes first on the search path
/// unless somebody put it elsewhere.
pub fn standing(function: &FunctionName) -> Standing {
    match function.schema.as_deref() {
        None | Some("pg_catalog") => by_name(&function.name),
        Some(_) => Standing::Foreign,
    }
}

/// What is known of the function of that name in pg_catalog.
pub fn by_name(name: &str) -> Standing {
    FUNCTIONS.get(name).copied().unwrap_or(Standing::Foreign)
}

/// Whether pg_catalog has a plain type of that name.
pub(super) fn is_type(name: &str) -> bool {
    const AND_FUNCTIONS: &[&str] = &[
        "bit",
        "bool",
        "box",
        "bpchar",
        "bytea",
        "char",
        "cidr",
        "circle",
        "date",
        "float4",
        "float8",
        "int2",
        "int4",
        "int8",
        "interval",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "numeric",
        "oid",
        "path",
        "pg_lsn",
        "point",
        "polygon",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "varbit",
        "varchar",
        "xid",
        "xml",
    ];
    names(TYPES).chain(AND_FUNCTIONS.iter().copied()).any(|known| known == name)
}

/// Every function of pg_catalog that a query may call.
pub fn allowed() -> impl Iterator<Item = &'static str> {
    names(ALLOWED).chain(names(HARMLESS))
}

/// Those of [`allowed`] that PostgreSQL calls volatile although nothing but their value changes.
pub fn harmless() -> impl Iterator<Item = &'static str> {
    names(HARMLESS)
}

/// Every function of pg_catalog that no query may call, with why.
pub fn refused() -> impl Iterator<Item = (&'static str, Group)> {
    let mut group = Group { id: "", does: "", instead: "" };
    REFUSED.lines().filter(|line| !line.is_empty() && !line.starts_with("##")).filter_map(move |line| {
        let Some(head) = line.strip_prefix("# ") else { return Some((line, group)) };
        let (id, said) = head.split_once(": ").unwrap_or((head, ""));
        let (does, instead) = said.split_once("; ").unwrap_or((said, ""));
        group = Group { id, does, instead };
        None
    })
}

fn names(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_stands_in_one_list_once() {
        let mut seen = BTreeSet::new();
        for name in allowed().chain(names(TYPES)).chain(refused().map(|(name, _)| name)) {
            assert!(seen.insert(name), "{name} is listed twice");
            assert!(!name.contains(char::is_whitespace), "{name:?}");
        }
        assert!(allowed().count() > 1_800 && refused().count() > 800);
    }

    #[test]
    fn every_group_says_why_and_what_instead() {
        for (name, group) in refused() {
            assert!(group.does.starts_with("it ") && !group.instead.is_empty(), "{name}: {group:?}");
        }
    }

    #[test]
    fn a_function_of_another_schema_is_foreign_whatever_its_name() {
        let of = |schema: Option<&str>, name: &str| {
            standing(&FunctionName { schema: schema.map(str::to_owned), name: name.to_owned() })
        };
        assert_eq!(of(None, "lower"), Standing::Allowed);
        assert_eq!(of(Some("pg_catalog"), "lower"), Standing::Allowed);
        assert_eq!(of(Some("public"), "lower"), Standing::Foreign);
        assert_eq!(of(None, "my_function"), Standing::Foreign);
        assert!(matches!(of(None, "pg_sleep"), Standing::Refused(group) if group.id == "waits"));
    }
}
