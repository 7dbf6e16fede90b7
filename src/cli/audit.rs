//! `pgwright audit`: whether the audit trail is as it was written, and its last records.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::audit::{AuditError, last, verify};
use crate::config::{Config, Origin};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Look for changed, removed, moved and inserted records: exit 0 where the trail is intact, 1 where it is not.
    Verify {
        /// The trail's directory; by default that of the configuration.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print the last records, one JSON object a line.
    Show {
        /// The trail's directory; by default that of the configuration.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// How many.
        #[arg(long, default_value_t = 20, value_name = "RECORDS")]
        last: usize,
    },
}

pub(crate) fn run(mut origin: Origin, options: Options) -> anyhow::Result<ExitCode> {
    let (Action::Verify { dir } | Action::Show { dir, .. }) = &options.action;
    origin.audit_dir = dir.clone().or(origin.audit_dir);
    let settings = Config::audit(&origin)?.context("the configuration turns the audit trail off")?;
    let place = settings.place.ok_or(AuditError::NoPlace)?;
    let mut out = std::io::stdout();
    let code = match options.action {
        Action::Verify { .. } => {
            let report = verify(&place).with_context(|| format!("{}", place.log.display()))?;
            writeln!(out, "{}: {report}", place.log.display()).context("cannot write the report")?;
            ExitCode::from(u8::from(!report.is_intact()))
        }
        Action::Show { last: count, .. } => {
            for line in last(&place, count)? {
                writeln!(out, "{line}").context("cannot write the records")?;
            }
            ExitCode::SUCCESS
        }
    };
    Ok(code)
}
