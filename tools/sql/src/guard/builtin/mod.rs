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
/// Groups, each with a line `# id: what its functions do`, and one name a line.
const REFUSED: &str = include_str!("refused.txt");

/// What is known of a function by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Built in, and a query may call it.
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
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Standing>> = LazyLock::new(|| {
    let allowed = names(ALLOWED).chain(names(HARMLESS)).map(|name| (name, Standing::Allowed));
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
    let mut group = Group { id: "", does: "" };
    REFUSED.lines().filter_map(move |line| {
        match line.strip_prefix("# ").and_then(|head| head.split_once(": ")) {
            Some((id, does)) => {
                group = Group { id, does };
                None
            }
            None => (!line.is_empty()).then_some((line, group)),
        }
    })
}

fn names(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}
