//! `pgwright snapshot`: writes everything that plans of a database depend on to a file, for `simulate_change` where the
//! database is out of reach.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use pgwright_postgres::{Databases, Scope};
use pgwright_shadow::{Wanted, capture};

use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The database's name in the configuration.
    #[arg(long)]
    database: Option<String>,
    /// Where to write; standard output without it.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Keep the values that statistics hold of masked columns.
    #[arg(long)]
    with_masked_values: bool,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let databases = config.databases();
    let taken = take(&databases, &options).await;
    databases.close(Duration::from_secs(5)).await;
    let json = taken?;
    match &options.output {
        Some(path) => {
            write_closed(path, &json).with_context(|| format!("cannot write {}", path.display()))?;
            eprintln!(
                "pgwright: {} holds the snapshot: statistics, so values of the database too",
                path.display()
            );
        }
        None => std::io::stdout().write_all(json.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn take(databases: &Databases, options: &Options) -> anyhow::Result<String> {
    let database = databases.get(options.database.as_deref())?;
    let session = database.read_snapshot(&Scope::default()).await?;
    let wanted = Wanted { without_sensitive_values: !options.with_masked_values, ..Wanted::default() };
    Ok(capture(&session, &wanted).await?.to_json()?)
}

/// Nobody but the user may read it.
fn write_closed(path: &PathBuf, json: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(json.as_bytes())
}
