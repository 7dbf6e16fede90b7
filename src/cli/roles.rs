//! `pgwright roles`: the SQL of least-privilege roles, on standard output for a person to run. Connects to nothing.

use std::io::Write;
use std::process::ExitCode;

use pgwright_postgres::roles::RolePlan;

use super::UNUSABLE;
use crate::config::Origin;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Schema that may be read (repeatable).
    #[arg(long = "schema", value_name = "SCHEMA", default_value = "public")]
    schemas: Vec<String>,
    /// Schema that pipelines load into, each by a role of its own (repeatable).
    #[arg(long = "sink-schema", value_name = "SCHEMA")]
    sink_schemas: Vec<String>,
    /// The database's name on its server; by default the one that the script is run in.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// What the names of the roles begin with.
    #[arg(long, value_name = "PREFIX", default_value = "pgwright")]
    role_prefix: String,
    /// Existing role that is granted by name what PUBLIC loses (repeatable).
    #[arg(long, value_name = "ROLE", conflicts_with = "keep_public")]
    keep_for: Vec<String>,
    /// Leave what PUBLIC may do as it is, on staging and production too.
    #[arg(long)]
    keep_public: bool,
}

pub(crate) fn run(origin: &Origin, options: Options) -> anyhow::Result<ExitCode> {
    let Some(environment) = origin.environment else {
        eprintln!("pgwright: roles: say --environment development, staging or production");
        return Ok(ExitCode::from(UNUSABLE));
    };
    let plan = RolePlan {
        environment: environment.into(),
        database: options.database,
        schemas: options.schemas,
        sink_schemas: options.sink_schemas,
        prefix: options.role_prefix,
        keep_public: options.keep_public,
        keep_for: options.keep_for,
        ledger: pgwright_pipeline::STATE,
        ledger_grants: pgwright_pipeline::STATE_GRANTS,
    };
    match plan.script() {
        Ok(script) => {
            std::io::stdout().write_all(script.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("pgwright: roles: {error}");
            Ok(ExitCode::from(UNUSABLE))
        }
    }
}
