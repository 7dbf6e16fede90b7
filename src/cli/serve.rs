//! `pgwright serve`: MCP until the client leaves or a signal asks to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use pgwright_contract::Principal;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::dispatch::Dispatcher;
use crate::server::Server;
use crate::transport::{http, stdio};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Listen for streamable HTTP on this loopback address, at /mcp, in place of stdio.
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Also serve legacy HTTP+SSE (GET /sse, POST /messages) for old clients.
    #[arg(long, requires = "http")]
    enable_legacy_sse: bool,
    /// How long calls under way may take after the client closed its end of stdio.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    drain_seconds: u64,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let dispatcher = Arc::new(Dispatcher::new(config));
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone()).context("cannot listen for signals")?;
    let served = match options.http {
        Some(address) => {
            let serving = http::serve(dispatcher.clone(), address, options.enable_legacy_sse, stop);
            serving.await.map_err(anyhow::Error::from)
        }
        None => {
            let server = Server::new(dispatcher.clone(), Principal::Local);
            stdio::serve(server, Duration::from_secs(options.drain_seconds), stop).await
        }
    };
    dispatcher.close().await;
    served.map(|()| ExitCode::SUCCESS)
}

fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
