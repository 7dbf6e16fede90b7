//! The network door, narrow: streamable HTTP at `/mcp`, loopback only, Host and Origin checked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{BODY_BYTES, sse};
use crate::server::Server;
use crate::shutdown::Shutdown;

/// How long connections may linger after the end: a client may never finish its request.
const UNFINISHED: Duration = Duration::from_secs(1);
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

/// Serves HTTP until the end that `shutdown` sets.
pub(crate) async fn serve(
    server: Server,
    address: SocketAddr,
    legacy_sse: bool,
    shutdown: &Shutdown,
) -> Result<(), HttpError> {
    if !address.ip().is_loopback() {
        return Err(HttpError::NotLoopback(address));
    }
    let listener =
        TcpListener::bind(address).await.map_err(|source| HttpError::Listen { address, source })?;
    let bound = listener.local_addr().map_err(HttpError::Serve)?;
    let mut router = Router::new()
        .nest_service("/mcp", streamable(server.clone(), shutdown.end()))
        .layer(from_fn_with_state(shutdown.clone(), answer_before_the_end))
        .layer(from_fn(session_ended));
    if legacy_sse {
        router = router.merge(sse::routes(server, shutdown.end()));
    }
    // For people and for scripts that asked for port 0.
    eprintln!("pgwright: listening on http://{bound}/mcp");
    let serving = axum::serve(listener, router.layer(from_fn(local_only)))
        .with_graceful_shutdown(shutdown.closing().cancelled_owned());
    let given_up = async {
        shutdown.end().cancelled().await;
        tokio::time::sleep(UNFINISHED).await;
    };
    tokio::select! {
        served = serving.into_future() => served.map_err(HttpError::Serve),
        () = given_up => Ok(()),
    }
}

/// The end waits for the whole answer to a posted message, not only for the call that gave it.
async fn answer_before_the_end(State(shutdown): State<Shutdown>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let under_way = shutdown.work();
    next.run(request).await.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |data| {
            let _held = &under_way;
            data
        }))
    })
}

fn streamable(server: Server, stop: CancellationToken) -> StreamableHttpService<Server, LocalSessionManager> {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION_IDLE);
    // `local_only` decides about Host and Origin, for every route alike.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_max_request_body_bytes(BODY_BYTES)
        .with_cancellation_token(stop);
    StreamableHttpService::new(move || Ok(server.clone()), Arc::new(sessions), config)
}

/// A session that was asked to end has ended: 202 would promise that it will, and some clients warn of it.
async fn session_ended(request: Request, next: Next) -> Response {
    let ends = request.method() == Method::DELETE;
    let mut response = next.run(request).await;
    if ends && response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
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
