//! Legacy HTTP+SSE (protocol 2024-11-05), for old clients only: `GET /sse` opens a stream and names the address to
//! post messages to; each answer comes back as an event of that stream.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt, stream};
use rmcp::ServiceExt;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::BODY_BYTES;
use crate::server::Server;

/// Messages that may wait in either direction.
const WAITING: usize = 64;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Sessions = Arc<Mutex<HashMap<Uuid, mpsc::Sender<ClientJsonRpcMessage>>>>;

#[derive(Clone)]
struct Door {
    server: Server,
    sessions: Sessions,
    stop: CancellationToken,
}

pub(super) fn routes(server: Server, stop: CancellationToken) -> Router {
    Router::new()
        .route("/sse", get(open))
        .route("/messages", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Door { server, sessions: Sessions::default(), stop })
}

/// Forgets a session when its stream is dropped, whichever side ended it.
struct Presence {
    id: Uuid,
    sessions: Sessions,
    end: CancellationToken,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.end.cancel();
    }
}

async fn open(State(door): State<Door>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let id = Uuid::new_v4();
    let (to_server, from_client) = mpsc::channel(WAITING);
    let (to_client, from_server) = mpsc::channel::<ServerJsonRpcMessage>(WAITING);
    door.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(id, to_server);
    let end = door.stop.child_token();
    let presence = Presence { id, sessions: door.sessions, end: end.clone() };

    let incoming = Box::pin(stream::unfold(from_client, |mut queue| async move {
        queue.recv().await.map(|message| (message, queue))
    }));
    let outgoing = Box::pin(futures_util::sink::unfold(to_client, |queue, message| async move {
        queue
            .send(message)
            .await
            .map(|()| queue)
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::BrokenPipe))
    }));
    let server = door.server;
    tokio::spawn(async move {
        match server.serve_with_ct((outgoing, incoming), end).await {
            Ok(running) => {
                let _reason = running.waiting().await;
            }
            Err(error) => tracing::debug!(%error, "a legacy session did not begin"),
        }
    });

    let address = Event::default().event("endpoint").data(format!("/messages?sessionId={id}"));
    let answers = stream::unfold((from_server, presence), |(mut queue, presence)| async move {
        let message = queue.recv().await?;
        let event = Event::default().event("message").data(serde_json::to_string(&message).ok()?);
        Some((Ok(event), (queue, presence)))
    });
    Sse::new(stream::once(async { Ok(address) }).chain(answers))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "sessionId")]
    session_id: Uuid,
}

async fn receive(
    State(door): State<Door>,
    Query(target): Query<Target>,
    body: Bytes,
) -> Result<StatusCode, (StatusCode, &'static str)> {
    let message =
        serde_json::from_slice(&body).map_err(|_| (StatusCode::BAD_REQUEST, "not a JSON-RPC message"))?;
    let session =
        door.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&target.session_id).cloned();
    let session = session.ok_or((StatusCode::NOT_FOUND, "no such session; open GET /sse first"))?;
    session.send(message).await.map_err(|_| (StatusCode::GONE, "the session has ended"))?;
    Ok(StatusCode::ACCEPTED)
}
