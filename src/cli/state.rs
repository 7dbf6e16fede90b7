//! `pgwright state init`: makes the schema that pipelines keep their ledger in, `explain_query` its plans and
//! `run_quality_check` its figures, on a database where that does not happen by itself.

use std::process::ExitCode;

use pgwright_postgres::{Databases, Scope};

use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create what is missing; what is there stays.
    Init {
        /// The database's name in the configuration.
        #[arg(long)]
        database: Option<String>,
    },
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let Action::Init { database } = options.action;
    let databases = config.databases();
    let made = make(&databases, database.as_deref()).await;
    databases.close(std::time::Duration::from_secs(5)).await;
    eprintln!("pgwright: schema pgwright is ready in {}", made?);
    Ok(ExitCode::SUCCESS)
}

async fn make(databases: &Databases, name: Option<&str>) -> anyhow::Result<String> {
    let database = databases.get(name)?;
    let session = database.write(&Scope::default()).await?;
    pgwright_pipeline::init_state(&session).await?;
    pgwright_explain::init_state(&session).await?;
    pgwright_quality::init_state(&session).await?;
    Ok(database.name().to_owned())
}
