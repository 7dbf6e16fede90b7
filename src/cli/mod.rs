//! The command line.

mod audit;
mod call;
mod demo;
mod doctor;
mod quality;
mod roles;
mod serve;
mod snapshot;
mod state;
mod tools;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pgwright_postgres::cluster::watchdog;

use crate::config::{Config, Origin};
use crate::telemetry::Logging;

/// A PostgreSQL engineering server for AI assistants.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) logging: Logging,
    #[command(flatten)]
    origin: Origin,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP: over stdio, or over HTTP on this machine.
    Serve(serve::Options),
    /// Call one tool and print its answer.
    Call(call::Options),
    /// An assistant's whole conversation with a real database, on a private cluster.
    Demo(demo::Options),
    /// List the tools.
    Tools(tools::Options),
    /// Write what plans depend on to a file, for simulate_change elsewhere.
    Snapshot(snapshot::Options),
    /// Make the schema that pipelines keep their ledger in.
    State(state::Options),
    /// Run the checks of a quality document.
    Quality(quality::Options),
    /// Verify or show the audit trail.
    Audit(audit::Options),
    /// Say what the configured role could do that it should not.
    Doctor(doctor::Options),
    /// Print the SQL of least-privilege roles; runs nothing.
    Roles(roles::Options),
    /// Say whether the guard would let a statement pass, and why not; needs no database.
    Validate(validate::Options),
    /// Own a private cluster's server (started by pgwright itself).
    #[command(name = watchdog::SUBCOMMAND, hide = true)]
    ClusterWatchdog { options: String },
}

/// The exit code where the arguments can't be used.
const UNUSABLE: u8 = 2;

/// How an answer is written: for people, or for scripts.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let origin = arguments.origin;
    match arguments.command {
        Command::Serve(options) => block_on(serve::run(Config::load(&origin)?, options)),
        Command::Call(options) => block_on(call::run(Config::load(&origin)?, options)),
        Command::Demo(options) => block_on(demo::run(options)),
        Command::Tools(options) => tools::run(&options),
        Command::Snapshot(options) => block_on(snapshot::run(Config::load(&origin)?, options)),
        Command::State(options) => block_on(state::run(Config::load(&origin)?, options)),
        Command::Quality(options) => block_on(quality::run(Config::load(&origin)?, options)),
        Command::Audit(options) => audit::run(origin, options),
        Command::Doctor(options) => block_on(doctor::run(Config::load(&origin)?, options)),
        Command::Roles(options) => roles::run(&origin, options),
        Command::Validate(options) => validate::run(&options),
        Command::ClusterWatchdog { options } => Ok(watchdog::run(watchdog::Options::from_arg(&options)?)),
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    // Without optimisation a call's nested steps take more of a stack than the usual 2 MB.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().thread_stack_size(8 << 20).enable_all().build()?;
    let outcome = runtime.block_on(command);
    // Nothing can interrupt the reading of a terminal or of a socket as standard input: it is not waited for.
    runtime.shutdown_background();
    outcome
}
