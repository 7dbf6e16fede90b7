//! Logs: `tracing` to standard error, as text or JSON. Standard output belongs to the protocol.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// How logs are written.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Logging {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value = "text", env = "PGWRIGHT_LOG_FORMAT")]
    log_format: Format,
    /// What is logged, e.g. `info` or `pgwright=debug,warn`.
    #[arg(long, global = true, default_value = "warn", env = "PGWRIGHT_LOG", value_name = "FILTER",
          value_parser = filter)]
    log: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// The protocol crate and the driver write whole messages at debug: statements and rows, which no log may hold.
const NEVER_VERBOSE: [&str; 2] = ["rmcp", "tokio_postgres"];

/// Starts logging. Called once, before anything can log.
pub(crate) fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.log).unwrap_or_else(|_| EnvFilter::new("warn"));
    let discreet = filter_fn(|event| {
        *event.level() <= Level::INFO || !NEVER_VERBOSE.iter().any(|name| event.target().starts_with(name))
    });
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match logging.log_format {
        Format::Text => log.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => log.json().boxed(),
    };
    tracing_subscriber::registry().with(log.with_filter(filter.and(discreet))).init();
}
