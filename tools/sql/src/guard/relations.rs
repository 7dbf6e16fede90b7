//! System relations that no statement of a caller may read: they hold secrets, or values of other tables' rows.

use std::collections::HashSet;

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::normalize_name_node};

use super::{
    builtin::{self, Standing},
    refusal::Refusal,
    settings,
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

/// The settings, whose values may be paths, commands and secrets.
const SETTINGS: &str = "pg_settings";
const SETTING_VALUES: &[&str] = &["boot_val", "reset_val", "setting", "sourcefile"];
const NAMED_SETTINGS: &str = "named columns of pg_settings; its values by `select name, setting from pg_settings where name in \
                              ('work_mem', …)` with settings that hold no path, command or secret";

/// Columns with the settings of roles, where applications keep secrets.
const ROLE_SETTINGS: &[(&str, &str)] = &[("pg_roles", "rolconfig"), ("pg_user", "useconfig")];
const NAMED_ROLES: &str =
    "columns by their names, such as rolname, rolsuper, rolcanlogin and rolconnlimit of pg_roles";

/// Columns of these views that are named like functions.
const COLUMNS_FIRST: &[(&str, &str)] = &[(SETTINGS, "name"), ("pg_roles", "oid")];

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
        schema: CATALOGUE,
        names: &["pg_foreign_data_wrapper", "pg_foreign_table"],
        holds: "its options may hold paths, commands and credentials",
        instead: "information_schema.foreign_data_wrappers and foreign_tables, which tell the names",
    },
    Denied {
        schema: STANDARD,
        names: &["foreign_data_wrapper_options", "foreign_table_options", "_pg_foreign_data_wrappers"],
        holds: "its options may hold paths, commands and credentials",
        instead: "information_schema.foreign_data_wrappers and foreign_tables, which tell the names",
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

/// Whether a relation holds values of rows, be it in some of its columns. [`admit`](super::admit) lets statements read the
/// others of pg_stats, so this is for what stands behind a name, such as a view.
pub fn holds_values(schema: &str, name: &str) -> bool {
    schema == CATALOGUE && STATISTICS.contains(&name)
        || denied(schema, name).is_some_and(|denial| denial.holds == VALUES)
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
    let Some(view) = read.relations.iter().find(|relation| is_one_of(relation, STATISTICS)) else {
        return Ok(());
    };
    match tells(file, read, STATISTICS, VALUE_COLUMNS) {
        Some(at) => {
            let message = format!("{view} cannot be read in this way: {VALUES}");
            Err(Refusal::at(sql, at, "relation", message, WITHOUT_VALUES))
        }
        None => Ok(()),
    }
}

/// Refuses values of settings in catalogues, unless constants name settings that may be told.
pub(super) fn only_told_settings(sql: &str, file: &SyntaxNode, read: &Touches) -> Result<(), Refusal> {
    for (view, column) in ROLE_SETTINGS {
        let is_read = read.relations.iter().any(|relation| is_one_of(relation, &[view]));
        if let Some(at) = is_read.then(|| tells(file, read, &[view], &[column])).flatten() {
            let message =
                format!("{view} cannot be read in this way: roles keep secrets of applications in {column}");
            return Err(Refusal::at(sql, at, "relation", message, NAMED_ROLES));
        }
    }
    if !read.relations.iter().any(|relation| is_one_of(relation, &[SETTINGS])) {
        return Ok(());
    }
    let columns = if settings::only_told_are_read(file, SETTINGS) { &["sourcefile"] } else { SETTING_VALUES };
    match tells(file, read, &[SETTINGS], columns) {
        Some(at) => {
            let message = "pg_settings cannot be read in this way: it holds paths, commands and secrets";
            Err(Refusal::at(sql, at, "setting", message, NAMED_SETTINGS))
        }
        None => Ok(()),
    }
}

fn is_one_of(relation: &RelationName, views: &[&str]) -> bool {
    relation.schema.as_deref().unwrap_or(CATALOGUE) == CATALOGUE && views.contains(&relation.name.as_str())
}

/// Where a statement may tell one of `columns` of `views`: by its name, in a star, in a whole row, or renamed.
fn tells(file: &SyntaxNode, read: &Touches, views: &[&str], columns: &[&str]) -> Option<usize> {
    if read.has_star {
        return Some(0);
    }
    let mut rows: HashSet<String> = views.iter().map(|&name| name.to_owned()).collect();
    rows.extend(named(file, SyntaxKind::TABLE_ALIAS));
    let mut elements = file.descendants_with_tokens();
    let telling = elements.find(|element| match (element.as_node(), element.as_token()) {
        (_, Some(token)) => token.kind() == SyntaxKind::IDENT && may_name(token.text(), columns),
        (Some(node), _) if node.kind() == SyntaxKind::NAME_REF => {
            tells_a_row(node, &rows) && !is_a_column_first(node, views)
        }
        // New names for columns, whose order then tells which is which.
        (Some(node), _) => node.kind() == SyntaxKind::FROM_ALIAS && node.children().count() > 1,
        (None, None) => false,
    })?;
    Some(telling.text_range().start().into())
}

fn may_name(identifier: &str, columns: &[&str]) -> bool {
    let name = identifier.trim_matches('"').to_ascii_lowercase();
    columns.contains(&name.as_str()) || name.starts_with("u&\"")
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

/// `s.name`, where `name` is a column before it is a function.
fn is_a_column_first(reference: &SyntaxNode, views: &[&str]) -> bool {
    let is_field = reference.parent().is_some_and(|parent| parent.kind() == SyntaxKind::FIELD_EXPR);
    let name = normalize_name_node(reference);
    is_field && COLUMNS_FIRST.iter().any(|(view, column)| views == [*view] && name == *column)
}

fn named(file: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = String> {
    file.descendants()
        .filter(move |node| node.kind() == kind)
        .map(|node| truncated(normalize_name_node(&node)))
}
