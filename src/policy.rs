//! The one decision: may this principal use this much access on this database?
//!
//! Environments decide by default: development is open, staging may be read, production shows its catalogue,
//! statistics and plans only. `databases.<name>.allow` in the configuration says otherwise, in either direction. A caller
//! who came over the network may name no path of this machine; what it may do with a database is the same, as long as the
//! network door opens on loopback only.

use pgwright_contract::{Access, Grant, Principal, ToolError};
use pgwright_postgres::{Database, Environment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a database is open, as the configuration writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Allow {
    /// Catalogue, statistics and plans.
    ReadCatalog,
    /// Rows too.
    ReadData,
    /// Pipelines and quarantines too.
    WriteData,
}

impl Allow {
    fn access(self) -> Access {
        match self {
            Self::ReadCatalog => Access::ReadCatalog,
            Self::ReadData => Access::ReadData,
            Self::WriteData => Access::WriteData,
        }
    }

    fn setting(access: Access) -> &'static str {
        match access {
            Access::WriteState => Access::WriteData.as_str(),
            other => other.as_str(),
        }
    }
}

/// The most that may be done with a database of that environment.
pub(crate) fn limit(environment: Environment, allow: Option<Allow>) -> Access {
    allow.map_or(
        match environment {
            Environment::Development => Access::WriteData,
            Environment::Staging => Access::ReadData,
            Environment::Production => Access::ReadCatalog,
        },
        Allow::access,
    )
}

/// Whether a caller may name paths of this machine, under the configured folders.
fn names_files(principal: &Principal) -> bool {
    match principal {
        Principal::Local => true,
        Principal::Remote => false,
    }
}

/// Grants what a call needs, or refuses and names the setting that would allow it.
pub(crate) fn grant(
    tool: &str,
    needs: Access,
    principal: &Principal,
    database: &Database,
    allow: Option<Allow>,
) -> Result<Grant, ToolError> {
    let most = limit(database.environment(), allow);
    if needs <= most {
        return Ok(Grant::new(needs, names_files(principal)));
    }
    let (name, environment) = (database.name(), database.environment().as_str());
    Err(ToolError::new(
        "refused_by_policy",
        format!("{tool} would {needs} in {name}, but policy lets {environment} databases only {most}"),
    )
    .hint(format!("a person may allow it with databases.{name}.allow: {}", Allow::setting(needs)))
    .next_step("use a tool or arguments that need less, or another database"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use pgwright_postgres::{DatabaseSettings, Databases, Dsn, Source};
    use serde_json::json;

    use super::*;
    use crate::config::Folders;
    use crate::registry::Registry;

    /// How far a database is open: its environment, what the configuration says, and what follows.
    const OPEN: [(Environment, Option<Allow>, Access); 12] = [
        (Environment::Development, None, Access::WriteData),
        (Environment::Development, Some(Allow::ReadCatalog), Access::ReadCatalog),
        (Environment::Development, Some(Allow::ReadData), Access::ReadData),
        (Environment::Development, Some(Allow::WriteData), Access::WriteData),
        (Environment::Staging, None, Access::ReadData),
        (Environment::Staging, Some(Allow::ReadCatalog), Access::ReadCatalog),
        (Environment::Staging, Some(Allow::ReadData), Access::ReadData),
        (Environment::Staging, Some(Allow::WriteData), Access::WriteData),
        (Environment::Production, None, Access::ReadCatalog),
        (Environment::Production, Some(Allow::ReadCatalog), Access::ReadCatalog),
        (Environment::Production, Some(Allow::ReadData), Access::ReadData),
        (Environment::Production, Some(Allow::WriteData), Access::WriteData),
    ];

    /// What each tool needs, by its arguments. A tool that is not here fails a test.
    fn calls() -> Vec<(&'static str, serde_json::Value, Access)> {
        let checks = json!([{ "type": "not_null", "column": "id" }]);
        vec![
            ("describe_schema", json!({}), Access::ReadCatalog),
            ("explain_query", json!({ "sql": "select 1" }), Access::ReadCatalog),
            ("explain_query", json!({ "sql": "select 1", "analyze": true }), Access::ReadData),
            (
                "run_quality_check",
                json!({ "table": "t", "checks": checks, "dry_run": true }),
                Access::ReadCatalog,
            ),
            ("run_quality_check", json!({ "table": "t", "checks": checks }), Access::ReadData),
            ("run_query", json!({ "sql": "select 1" }), Access::ReadData),
            ("suggest_index", json!({ "statements": [{ "sql": "select 1" }] }), Access::ReadCatalog),
            ("suggest_index", json!({ "statements": ["select 1"], "verify": true }), Access::WriteData),
            (
                "run_quality_check",
                json!({ "table": "t", "checks": [{ "type": "not_null", "column": "id" }], "quarantine": true }),
                Access::WriteData,
            ),
            (
                "simulate_change",
                json!({ "changes": ["create index on t (a)"], "statements": ["select 1"] }),
                Access::ReadCatalog,
            ),
            ("suggest_quality_checks", json!({ "table": "t" }), Access::ReadData),
            ("table_stats", json!({}), Access::ReadCatalog),
            ("table_stats", json!({ "table": "t" }), Access::ReadCatalog),
            ("table_stats", json!({ "table": "t", "values": true }), Access::ReadData),
            ("top_queries", json!({}), Access::ReadCatalog),
            ("trigger_pipeline", json!({ "pipeline": "p", "dry_run": true }), Access::ReadData),
            ("trigger_pipeline", json!({ "pipeline": "p" }), Access::WriteData),
        ]
    }

    fn database(environment: Environment) -> Arc<Database> {
        let dsn = Dsn::parse(&"host=localhost dbname=shop".to_owned().into()).unwrap();
        let settings = DatabaseSettings::new("shop".to_owned(), Source::Server(Box::new(dsn)), environment);
        Arc::clone(Databases::new(vec![settings], None).get(None).unwrap())
    }

    #[test]
    fn every_tool_is_granted_in_every_environment_what_it_is_open_for_and_no_more() {
        let registry = Registry::new(&Folders::default());
        for (tool, arguments, needs) in calls() {
            let tool = registry.get(tool).unwrap();
            let asked = tool.prepare(arguments.clone()).unwrap().needs;
            assert_eq!(asked, needs, "{} {arguments}", tool.name());
            assert!((tool.access()..=tool.max_access()).contains(&asked), "{} {arguments}", tool.name());
            for (environment, allow, open) in OPEN {
                for principal in [Principal::Local, Principal::Remote] {
                    let granted = grant(tool.name(), asked, &principal, &database(environment), allow);
                    let case = format!("{} {arguments} on {environment:?}, {allow:?}", tool.name());
                    match granted {
                        Ok(grant) => {
                            assert!(asked <= open && grant.allows(asked), "{case}");
                            assert!(asked == Access::WriteData || !grant.allows(Access::WriteData), "{case}");
                            assert_eq!(grant.names_files(), principal == Principal::Local, "{case}");
                        }
                        Err(refused) => {
                            assert!(asked > open, "{case}");
                            assert_eq!(refused.code, "refused_by_policy");
                            let setting = format!("databases.shop.allow: {}", Allow::setting(asked));
                            assert!(refused.hint.unwrap().ends_with(&setting), "{case}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_tool_stands_in_the_table_from_its_least_to_its_most() {
        for tool in Registry::new(&Folders::default()).iter() {
            let asked: Vec<Access> = calls()
                .into_iter()
                .filter(|(name, ..)| *name == tool.name())
                .map(|(.., needs)| needs)
                .collect();
            assert_eq!(asked.iter().min(), Some(&tool.access()), "{}", tool.name());
            assert_eq!(asked.iter().max(), Some(&tool.max_access()), "{}", tool.name());
        }
    }
}
