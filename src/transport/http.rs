//! The network door, narrow: streamable HTTP at `/mcp`, loopback only, Host and Origin checked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use pgwright_contract::Principal;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::sse;
use crate::dispatch::Dispatcher;
use crate::server::Server;

/// Largest request body.
pub(super) const BODY_BYTES: usize = 1024 * 1024;
/// An idle session ends after this.
const SESSION_IDLE: Duration = Duration::from_secs(30 * 60);

/// Why the door stays closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0} is not a loopback address; until sign-in exists pgwright listens on this machine only")]
    NotLoopback(SocketAddr),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the HTTP server failed: {0}")]
    Serve(#[source] std::io::Error),
}

/// Serves HTTP until `stop` fires, then lets requests under way finish.
pub(crate) async fn serve(
    dispatcher: Arc<Dispatcher>,
    address: SocketAddr,
    legacy_sse: bool,
    stop: CancellationToken,
) -> Result<(), HttpError> {
    if !address.ip().is_loopback() {
        return Err(HttpError::NotLoopback(address));
    }
    let listener =
        TcpListener::bind(address).await.map_err(|source| HttpError::Listen { address, source })?;
    let bound = listener.local_addr().map_err(HttpError::Serve)?;
    let server = Server::new(dispatcher, Principal::Remote);
    let mut router = Router::new().nest_service("/mcp", streamable(server.clone(), stop.child_token()));
    if legacy_sse {
        router = router.merge(sse::routes(server, stop.child_token()));
    }
    // For people and for scripts that asked for port 0.
    eprintln!("pgwright: listening on http://{bound}/mcp");
    axum::serve(listener, router.layer(from_fn(local_only)))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
        .map_err(HttpError::Serve)
}

fn streamable(server: Server, stop: CancellationToken) -> StreamableHttpService<Server, LocalSessionManager> {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION_IDLE);
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"])
        .with_max_request_body_bytes(BODY_BYTES)
        .with_cancellation_token(stop);
    StreamableHttpService::new(move || Ok(server.clone()), Arc::new(sessions), config)
}

/// Refuses what a web page of another origin, or a name rebound to this machine, would send.
async fn local_only(request: Request, next: Next) -> Response {
    let host = host_of(request.headers(), request.uri());
    if !host.as_deref().is_some_and(is_this_machine) {
        return (StatusCode::FORBIDDEN, "Host is not this machine").into_response();
    }
    let origin = request.headers().get(header::ORIGIN);
    let foreign = origin.is_some_and(|origin| {
        let host = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
        !host.as_ref().and_then(Uri::host).is_some_and(is_this_machine)
    });
    if foreign {
        return (StatusCode::FORBIDDEN, "Origin is not this machine").into_response();
    }
    next.run(request).await
}

fn host_of(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match named {
        Some(authority) => {
            authority.parse::<axum::http::uri::Authority>().ok().map(|authority| authority.host().to_owned())
        }
        None => uri.host().map(str::to_owned),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        for host in ["localhost", "127.0.0.1", "[::1]", "127.8.9.1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["evil.example.org", "10.0.0.1", "localhost.evil.example.org", ""] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
