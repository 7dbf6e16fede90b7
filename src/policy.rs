//! The one decision: may this principal use this much access on this database?
//!
//! Environments decide by default: development is open, staging may be read, production shows its catalogue,
//! statistics and plans only. `databases.<name>.allow` in the configuration says otherwise.

use pgwright_contract::{Access, Grant, ToolError};
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
            Access::ReadCatalog => "read_catalog",
            Access::ReadData => "read_data",
            Access::WriteState | Access::WriteData => "write_data",
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

/// Grants what a call needs, or refuses and names the setting that would allow it.
pub(crate) fn grant(
    tool: &str,
    needs: Access,
    database: &Database,
    allow: Option<Allow>,
) -> Result<Grant, ToolError> {
    let most = limit(database.environment(), allow);
    if needs <= most {
        return Ok(Grant::new(needs));
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
    use super::*;

    #[test]
    fn production_is_closed_and_development_open_unless_said_otherwise() {
        assert_eq!(limit(Environment::Production, None), Access::ReadCatalog);
        assert_eq!(limit(Environment::Staging, None), Access::ReadData);
        assert_eq!(limit(Environment::Development, None), Access::WriteData);
        assert_eq!(limit(Environment::Production, Some(Allow::ReadData)), Access::ReadData);
        assert_eq!(limit(Environment::Development, Some(Allow::ReadCatalog)), Access::ReadCatalog);
    }
}
