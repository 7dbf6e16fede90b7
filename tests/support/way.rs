//! The ways a call reaches a server over HTTP, one for each era of the protocol, and the messages that they are made of.

use serde_json::{Value, json};

use super::http::{Exchange, HttpServer, Reply, Request};

/// How a call reaches the server over HTTP.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// 2026-07-28: one request, one answer.
    Stateless,
    /// 2025-03-26 to 2025-11-25: a session of the streamable transport.
    Session,
    /// 2024-11-05: a message posted aside, answered on the standing stream.
    Legacy,
}

/// A call that was sent.
pub enum Pending {
    Posted(Exchange),
    Streamed(Reply),
}

impl Way {
    pub async fn start(self, server: &HttpServer, tool: &str, arguments: Value) -> Pending {
        match self {
            Self::Stateless => Pending::Posted(server.send(&stateless(tool, arguments)).await),
            Self::Session => {
                let session = streamable_session(server).await;
                let call = in_session(Request::post("/mcp", &call(tool, arguments)), &session);
                Pending::Posted(server.send(&call).await)
            }
            Self::Legacy => {
                let (address, stream) = legacy_session(server).await;
                assert_eq!(server.status(&Request::post(&address, &call(tool, arguments))).await, 202);
                Pending::Streamed(stream)
            }
        }
    }
}

impl Pending {
    pub async fn answer(self) -> Value {
        let mut stream = match self {
            Self::Posted(exchange) => exchange.reply().await,
            Self::Streamed(stream) => stream,
        };
        serde_json::from_str(&stream.event().await).unwrap()
    }
}

/// Opens `GET /sse` and introduces itself: the address for messages, and the stream.
pub async fn legacy_session(server: &HttpServer) -> (String, Reply) {
    let mut stream = server.open(&Request::get("/sse")).await;
    let address = stream.event().await;
    assert_eq!(server.status(&Request::post(&address, &initialize())).await, 202);
    let answer: Value = serde_json::from_str(&stream.event().await).unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], "pgwright");
    assert_eq!(server.status(&Request::post(&address, &initialized())).await, 202);
    (address, stream)
}

/// Introduces itself at `/mcp`: the session's id.
pub async fn streamable_session(server: &HttpServer) -> String {
    let reply = server.open(&Request::post("/mcp", &initialize())).await;
    let session = reply.header("Mcp-Session-Id").unwrap().to_owned();
    assert_eq!(server.status(&in_session(Request::post("/mcp", &initialized()), &session)).await, 202);
    session
}

pub fn in_session<'a>(request: Request<'a>, session: &str) -> Request<'a> {
    request.header("Mcp-Session-Id", session).header("MCP-Protocol-Version", "2025-11-25")
}

pub fn stateless(tool: &str, arguments: Value) -> Request<'static> {
    let mut message = call(tool, arguments);
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
    });
    Request::post("/mcp", &message)
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", tool)
}

pub fn call(tool: &str, arguments: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

pub fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    } })
}

pub fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}
