//! System relations that no statement of a caller may read: they hold secrets, or values of other tables' rows.

use std::collections::HashSet;

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::normalize_name_node};

use super::{
    builtin::{self, Standing},
    refusal::Refusal,
    touches::Touches,
};
use crate::{RelationName, names::truncated};

const CATALOGUE: &str = "pg_catalog";
const STANDARD: &str = "information_schema";

const VALUES: &str = "it holds values of rows (most common values, histogram bounds)";
const WITHOUT_VALUES: &str = "the table_stats tool, which masks what is sensitive; or named columns of pg_stats that hold \
                              no values, such as n_distinct, null_frac and correlation";

/// Views of statistics: their figures may be read, the values of rows in them not.
const STATISTICS: &[&str] = &["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"];

/// The columns of those views that hold values.
const VALUE_COLUMNS: &[&str] =
    &["histogram_bounds", "most_common_elems", "most_common_vals", "range_bounds_histogram"];

struct Denied {
    schema: &'static str,
    names: &'static [&'static str],
    holds: &'static str,
    instead: &'static str,
}

const DENIED: &[Denied] = &[
    Denied {
        schema: CATALOGUE,
        names: &["pg_authid", "pg_shadow"],
        holds: "it holds the password hashes of all roles",
        instead: "pg_roles, which tells the same without passwords",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_user_mapping", "pg_user_mappings"],
        holds: "it holds the passwords of foreign servers",
        instead: "information_schema.user_mappings, which tells who is mapped",
    },
    Denied {
        schema: STANDARD,
        names: &["user_mapping_options", "_pg_user_mappings"],
        holds: "it holds the passwords of foreign servers",
        instead: "information_schema.user_mappings, which tells who is mapped",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_foreign_server"],
        holds: "its options may hold addresses and credentials",
        instead: "information_schema.foreign_servers, which tells the names",
    },
    Denied {
        schema: STANDARD,
        names: &["foreign_server_options", "_pg_foreign_servers", "_pg_foreign_tables"],
        holds: "its options may hold addresses and credentials",
        instead: "information_schema.foreign_servers and foreign_tables, which tell the names",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_subscription"],
        holds: "it holds connection strings with passwords",
        instead: "pg_stat_subscription, which tells the state of subscriptions",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_largeobject"],
        holds: "it holds the bytes of all large objects, past the privileges of tables",
        instead: "pg_largeobject_metadata, which tells their owners",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_hba_file_rules", "pg_ident_file_mappings", "pg_file_settings", "pg_config"],
        holds: "it reads files of the server, or tells where they are",
        instead: "settings by SHOW or from pg_settings",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_db_role_setting"],
        holds: "it holds the settings of roles, where applications keep secrets",
        instead: "settings by SHOW or from pg_settings",
    },
    Denied {
        schema: CATALOGUE,
        names: &["pg_statistic", "pg_statistic_ext_data"],
        holds: VALUES,
        instead: WITHOUT_VALUES,
    },
];

/// Why a relation is denied, and what to read instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    /// What it holds, as the rest of a sentence: "it …".
    pub holds: &'static str,
    /// What would be allowed instead.
    pub instead: &'static str,
}

/// Why no statement of a caller may read this relation, by the schema and name that it is stored under.
pub fn denied(schema: &str, name: &str) -> Option<Denial> {
    let found = DENIED.iter().find(|denied| denied.schema == schema && denied.names.contains(&name))?;
    Some(Denial { holds: found.holds, instead: found.instead })
}

/// Whether a relation holds values of rows in some of its columns. [`admit`](super::admit) lets statements read the others
/// of it, so this is for what stands behind a name, such as a view.
pub fn holds_values(schema: &str, name: &str) -> bool {
    schema == CATALOGUE && STATISTICS.contains(&name)
}

/// Refuses a relation that is denied by its name. A bare name counts as pg_catalog's, which comes first on the search path.
pub(super) fn check(sql: &str, at: usize, relation: &RelationName) -> Result<(), Refusal> {
    match denied(relation.schema.as_deref().unwrap_or(CATALOGUE), &relation.name) {
        Some(denial) => {
            let message = format!("{relation} cannot be read: {}", denial.holds);
            Err(Refusal::at(sql, at, "relation", message, denial.instead))
        }
        None => Ok(()),
    }
}

/// Refuses the values in views of statistics: each column must be named, and none of them may hold values.
pub(super) fn only_figures(sql: &str, file: &SyntaxNode, read: &Touches) -> Result<(), Refusal> {
    let is_statistics = |relation: &&RelationName| {
        holds_values(relation.schema.as_deref().unwrap_or(CATALOGUE), &relation.name)
    };
    let Some(view) = read.relations.iter().find(is_statistics) else { return Ok(()) };
    let refuse = |at: usize| {
        let message = format!("{view} cannot be read in this way: {VALUES}");
        Err(Refusal::at(sql, at, "relation", message, WITHOUT_VALUES))
    };
    if read.has_star {
        return refuse(0);
    }
    let mut rows: HashSet<String> = STATISTICS.iter().map(|&name| name.to_owned()).collect();
    rows.extend(named(file, SyntaxKind::TABLE_ALIAS));
    for element in file.descendants_with_tokens() {
        let tells = match (element.as_node(), element.as_token()) {
            (_, Some(token)) => token.kind() == SyntaxKind::IDENT && may_name_values(token.text()),
            (Some(node), _) if node.kind() == SyntaxKind::NAME_REF => tells_a_row(node, &rows),
            // New names for columns, whose order then tells which is which.
            (Some(node), _) => node.kind() == SyntaxKind::FROM_ALIAS && node.children().count() > 1,
            (None, None) => false,
        };
        if tells {
            return refuse(element.text_range().start().into());
        }
    }
    Ok(())
}

fn may_name_values(identifier: &str) -> bool {
    let name = identifier.trim_matches('"').to_ascii_lowercase();
    VALUE_COLUMNS.contains(&name.as_str()) || name.starts_with("u&\"")
}

/// A name by itself may be a whole row; `alias.name` may be a function of the whole row.
fn tells_a_row(reference: &SyntaxNode, rows: &HashSet<String>) -> bool {
    let name = truncated(normalize_name_node(reference));
    match reference.parent().filter(|parent| parent.kind() == SyntaxKind::FIELD_EXPR) {
        Some(field) if field.first_child().as_ref() == Some(reference) => false,
        Some(_) => builtin::by_name(&name) != Standing::Foreign,
        None => rows.contains(&name),
    }
}

fn named(file: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = String> {
    file.descendants()
        .filter(move |node| node.kind() == kind)
        .map(|node| truncated(normalize_name_node(&node)))
}
