//! The network door: who is let in, what ends with a connection, and how it closes.

use serde_json::{Value, json};

use crate::support::{Database, HttpServer, Reply, Request, pgwright};

const NOWHERE: [&str; 5] = ["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve", "--http", "127.0.0.1:0"];

async fn idle_server() -> HttpServer {
    HttpServer::launch(&[&NOWHERE[..], &["--enable-legacy-sse"]].concat()).await
}

/// Everything that the door leads to.
fn doors() -> Vec<Request<'static>> {
    let messages = "/messages?sessionId=00000000-0000-4000-8000-000000000000";
    vec![Request::post("/mcp", &initialize()), Request::get("/sse"), Request::post(messages, &initialize())]
}

#[tokio::test]
async fn a_host_that_is_not_this_machine_is_refused() {
    let server = idle_server().await;
    for host in ["evil.example.org", "localhost.evil.example.org", "10.0.0.1:80", "127.0.0.1.example.org", ""] {
        for door in doors() {
            assert_eq!(server.status(&door.header("Host", host)).await, 403, "{host:?}");
        }
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_one_of_this_machine_is_not() {
    let server = idle_server().await;
    for origin in ["https://evil.example.org", "http://localhost.evil.example.org", "null", "file://"] {
        for door in doors() {
            assert_eq!(server.status(&door.header("Origin", origin)).await, 403, "{origin}");
        }
    }
    for origin in ["http://localhost:6274", "http://127.0.0.1:8080", "http://[::1]:9"] {
        let statuses: Vec<u16> = answers(&server, doors(), origin).await;
        assert_eq!(statuses, [200, 200, 404], "{origin}");
    }
}

async fn answers(server: &HttpServer, doors: Vec<Request<'_>>, origin: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for door in doors {
        statuses.push(server.status(&door.header("Origin", origin)).await);
    }
    statuses
}

#[tokio::test]
async fn only_this_machine_is_listened_to() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = pgwright(&["serve", "--http", address]).output().await.unwrap();
        assert_eq!(refused.status.code(), Some(1), "{address}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(&format!("{address} is not a loopback address")), "{said}");
        assert!(said.contains("this machine only") && refused.stdout.is_empty(), "{said}");
    }
}

#[tokio::test]
async fn legacy_sse_is_off_unless_asked_for() {
    let server = HttpServer::launch(&NOWHERE).await;
    let statuses: Vec<u16> = answers(&server, doors(), "http://localhost").await;
    assert_eq!(statuses, [200, 404, 404]);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = idle_server().await;
    let (address, _stream) = legacy_session(&server).await;
    let large = json!({ "jsonrpc": "2.0", "method": "x".repeat(2 * 1024 * 1024) });
    for path in ["/mcp", &address] {
        assert_eq!(server.status(&Request::post(path, &large)).await, 413, "{path}");
    }
}

#[tokio::test]
async fn a_session_that_nobody_opened_is_not_found() {
    let server = idle_server().await;
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let unknown = Request::post("/mcp", &list)
        .header("Mcp-Session-Id", "5e551011-0000-4000-8000-000000000000")
        .header("MCP-Protocol-Version", "2025-11-25");
    assert_eq!(server.status(&unknown).await, 404);
    let address = "/messages?sessionId=5e551011-0000-4000-8000-000000000000";
    assert_eq!(server.status(&Request::post(address, &list)).await, 404);
    assert_eq!(server.status(&Request::post("/messages?sessionId=../etc", &list)).await, 400);
}

#[tokio::test]
async fn a_legacy_message_that_is_none_is_refused_and_the_session_goes_on() {
    let server = idle_server().await;
    let (address, mut stream) = legacy_session(&server).await;
    assert_eq!(server.status(&Request::post(&address, &json!("no message"))).await, 400);
    assert_eq!(server.status(&Request::post(&address, &initialize())).await, 202);
    let answer: Value = serde_json::from_str(&stream.event().await).unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], "pgwright");
}

/// In the stateless era there is nothing else to cancel with.
#[tokio::test]
async fn closing_the_connection_of_a_stateless_call_ends_its_query() {
    let shop = Database::new().await;
    let server = HttpServer::start(&shop).await;
    let call = server.send(&stateless("explain_query", endless())).await;
    shop.until_active("generate_series").await;
    drop(call);
    shop.until_idle("generate_series").await;
    assert_eq!(server.status(&stateless("table_stats", json!({}))).await, 200, "the server goes on");
}

#[tokio::test]
async fn closing_a_legacy_stream_ends_its_queries_and_its_session() {
    let shop = Database::new().await;
    let server = HttpServer::start(&shop).await;
    let (address, mut stream) = legacy_session(&server).await;
    introduce(&server, &address, &mut stream).await;
    assert_eq!(server.status(&Request::post(&address, &call("explain_query", endless()))).await, 202);
    shop.until_active("generate_series").await;
    drop(stream);
    shop.until_idle("generate_series").await;
    let afterwards = Request::post(&address, &call("table_stats", json!({})));
    assert_eq!(server.status(&afterwards).await, 404);
}

/// A standing stream must not keep a server alive that was asked to stop.
#[tokio::test]
async fn a_signal_ends_a_server_with_idle_streams_and_half_sent_requests() {
    let server = idle_server().await;
    let (address, mut stream) = legacy_session(&server).await;
    introduce(&server, &address, &mut stream).await;
    let session = streamable_session(&server).await;
    let standing = server.open(&session.clone().into_get()).await;
    assert_eq!(standing.status, 200);
    let _half = server.send_text("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Le").await;
    let _half_body =
        server.send_text("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{").await;
    server.terminate();
    assert!(server.ended().await);
}

/// A call that ends soon is still answered after the signal, on every transport and in both eras.
#[tokio::test]
async fn a_signal_lets_calls_under_way_finish() {
    let shop = Database::with(GATE).await;
    for way in [Way::Stateless, Way::Session, Way::Legacy] {
        shop.execute("select pg_advisory_lock(1)").await;
        let server = HttpServer::start(&shop).await;
        let answer = way.call(&server, "explain_query", json!({ "sql": PASS_GATE, "analyze": true })).await;
        shop.until_active("pass_gate").await;
        server.terminate();
        server.until_closed().await;
        shop.execute("select pg_advisory_unlock(1)").await;
        let answer = answer.finish().await;
        assert_eq!(answer["result"]["isError"], false, "{way:?}: {answer:#}");
        assert!(server.ended().await, "{way:?}");
    }
}
