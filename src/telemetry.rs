//! Logs: `tracing` to standard error, as text or JSON. Standard output belongs to the protocol.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Logging {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value = "text", env = "PGWRIGHT_LOG_FORMAT")]
    log_format: Format,
    /// What is logged, e.g. `info` or `pgwright=debug,warn`.
    #[arg(long, global = true, default_value = "warn", env = "PGWRIGHT_LOG", value_name = "FILTER")]
    log: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Starts logging. Called once, before anything can log.
pub(crate) fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.log).unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match logging.log_format {
        Format::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        Format::Json => log.json().init(),
    }
}
