//! `pgwright serve`: MCP until the client leaves or a signal asks to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use pgwright_contract::Principal;

use crate::config::Config;
use crate::dispatch::Dispatcher;
use crate::server::Server;
use crate::shutdown::Shutdown;
use crate::transport::{http, stdio};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Listen for streamable HTTP on this loopback address, at /mcp, in place of stdio.
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Also serve legacy HTTP+SSE (GET /sse, POST /messages) for old clients.
    #[arg(long, requires = "http")]
    enable_legacy_sse: bool,
    /// How long calls under way may take after the client closed its end of stdio; after a signal to stop, at most 5 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(..=86_400))]
    drain_seconds: u64,
}

/// How long a signal lets calls under way go on: supervisors kill after ten seconds.
const GRACE: Duration = Duration::from_secs(5);
/// How long calls that were given up may take to end their queries.
const LAST: Duration = Duration::from_secs(2);

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let dispatcher = Arc::new(Dispatcher::new(config));
    let drain = Duration::from_secs(options.drain_seconds);
    let shutdown = Shutdown::default();
    shutdown.on_signal(drain.min(GRACE)).context("cannot listen for signals")?;
    let served = match options.http {
        Some(address) => {
            let server = Server::new(dispatcher.clone(), Principal::Remote, shutdown.clone());
            let serving = http::serve(server, address, options.enable_legacy_sse, &shutdown);
            serving.await.map_err(anyhow::Error::from)
        }
        None => {
            let server = Server::new(dispatcher.clone(), Principal::Local, shutdown.clone());
            stdio::serve(server, drain, shutdown.end()).await
        }
    };
    shutdown.settle(LAST).await;
    dispatcher.close().await;
    served.map(|()| ExitCode::SUCCESS)
}
