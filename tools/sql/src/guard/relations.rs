//! System relations that no statement of a caller may read: they hold secrets, or values of other tables' rows.

use super::refusal::Refusal;
use crate::RelationName;

const CATALOGUE: &str = "pg_catalog";
const STANDARD: &str = "information_schema";

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
        names: &["pg_statistic", "pg_statistic_ext_data", "pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"],
        holds: "it holds values of rows (most common values, histogram bounds)",
        instead: "the table_stats tool, which masks what is sensitive",
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
