//! pgwright: a PostgreSQL engineering server for AI assistants.
//!
//! `main` is a table of contents: parse the arguments, set up logs and TLS, run the command, map its end to an exit
//! code (0 done, 1 failed, 2 unusable arguments).

mod audit;
mod cli;
mod config;
mod dispatch;
mod documents;
mod policy;
mod registry;
mod schema;
mod server;
mod shutdown;
mod telemetry;
mod transport;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    telemetry::start(&arguments.logging);
    // Fails only where a provider is installed already, which is just as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pgwright: {error:#}");
            ExitCode::from(1)
        }
    }
}
