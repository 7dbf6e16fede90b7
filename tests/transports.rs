//! The network door: who is let in, what ends with a connection, and how it closes.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Child;

use crate::support::way::{
    Way, call, in_session, initialize, initialized, legacy_session, stateless, streamable_session,
};
use crate::support::{Configuration, Database, HttpServer, Request, pgwright};

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
    for host in ["evil.example.org", "localhost.evil.example.org", "10.0.0.1:80", "127.0.0.1.example.org", ""]
    {
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
    let large = json!({ "jsonrpc": "2.0", "method": "x".repeat(1024 * 1024) });
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
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    assert_eq!(server.status(&Request::post(&address, &list)).await, 202);
    assert!(stream.event().await.contains("table_stats"));
}

/// In the stateless era there is nothing else to cancel with.
#[tokio::test]
async fn closing_the_connection_of_a_stateless_call_ends_its_query() {
    let shop = Database::new().await;
    let server = HttpServer::start(&shop, &[]).await;
    let call = server.send(&stateless("explain_query", endless())).await;
    shop.until_active("generate_series").await;
    drop(call);
    shop.until_idle("generate_series").await;
    assert_eq!(server.status(&stateless("table_stats", json!({}))).await, 200, "the server goes on");
}

#[tokio::test]
async fn closing_a_legacy_stream_ends_its_queries_and_its_session() {
    let shop = Database::new().await;
    let server = HttpServer::start(&shop, &[]).await;
    let (address, stream) = legacy_session(&server).await;
    assert_eq!(server.status(&Request::post(&address, &call("explain_query", endless()))).await, 202);
    shop.until_active("generate_series").await;
    drop(stream);
    shop.until_idle("generate_series").await;
    let afterwards = Request::post(&address, &call("table_stats", json!({})));
    assert_eq!(server.status(&afterwards).await, 404);
}

#[tokio::test]
async fn ending_a_session_ends_its_queries() {
    let shop = Database::new().await;
    let server = HttpServer::start(&shop, &[]).await;
    let session = streamable_session(&server).await;
    let endless = in_session(Request::post("/mcp", &call("explain_query", endless())), &session);
    let _call = server.send(&endless).await;
    shop.until_active("generate_series").await;
    // The Python client warns its user of any other status.
    assert_eq!(server.status(&in_session(Request::delete("/mcp"), &session)).await, 204);
    shop.until_idle("generate_series").await;
    assert_eq!(server.status(&in_session(Request::get("/mcp"), &session)).await, 404);
}

/// A standing stream must not keep a server alive that was asked to stop, nor must a client that never finishes.
#[tokio::test]
async fn a_signal_ends_a_server_with_standing_streams_and_half_sent_requests() {
    let arguments = ["--enable-legacy-sse", "--drain-seconds", "0"];
    let server = HttpServer::launch(&[&NOWHERE[..], &arguments].concat()).await;
    let _legacy = legacy_session(&server).await;
    let session = streamable_session(&server).await;
    let _standing = server.open(&in_session(Request::get("/mcp"), &session)).await;
    let _half_a_head = server.send_text("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Le").await;
    let half_a_body = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                       Accept: application/json, text/event-stream\r\nContent-Length: 100\r\n\r\n{";
    let _half_a_body = server.send_text(half_a_body).await;
    server.terminate();
    assert!(server.ended().await);
}

#[tokio::test]
async fn a_signal_lets_a_call_under_way_be_answered() {
    for way in [Way::Stateless, Way::Session, Way::Legacy] {
        let shop = Database::with("create table gate (passed int)").await;
        let config = patient(&shop);
        let server = HttpServer::launch(&[
            "--config",
            config.path(),
            "serve",
            "--http",
            "127.0.0.1:0",
            "--enable-legacy-sse",
        ])
        .await;
        shop.execute("begin; lock table gate in access exclusive mode").await;
        let call = way.start(&server, "explain_query", pass_gate()).await;
        shop.until(WAITS).await;
        server.terminate();
        server.until_closed().await;
        shop.execute("commit").await;
        let answer = call.answer().await;
        assert!(answer["result"]["structuredContent"]["plan"].is_object(), "{way:?}: {answer:#}");
        assert!(server.ended().await, "{way:?}");
    }
}

#[tokio::test]
async fn a_signal_lets_a_call_over_stdio_be_answered() {
    let shop = Database::with("create table gate (passed int)").await;
    let config = patient(&shop);
    let mut server = pgwright(&["--config", config.path(), "--log", "info", "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    shop.execute("begin; lock table gate in access exclusive mode").await;
    let mut input = server.stdin.take().unwrap();
    for message in [initialize(), initialized(), call("explain_query", pass_gate())] {
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
    shop.until(WAITS).await;
    terminate(&server);
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
    while !log.next_line().await.unwrap().expect("a log").contains("asked to stop") {}
    shop.execute("commit").await;
    let mut output = String::new();
    server.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    let answer: Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert!(answer["result"]["structuredContent"]["plan"].is_object(), "{answer:#}");
    assert!(server.wait().await.unwrap().success());
}

/// Terminals and Node's sockets cannot be read without blocking; that must not keep a server alive.
#[tokio::test]
async fn a_signal_ends_a_server_whose_input_cannot_be_interrupted() {
    let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut server = pgwright(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"])
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    ours.write_all(format!("{}\n", initialize()).as_bytes()).unwrap();
    let mut output = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(output.next_line().await.unwrap().is_some(), "the server is there");
    terminate(&server);
    assert!(server.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_signal_ends_calls_that_take_too_long() {
    for way in [Way::Stateless, Way::Session, Way::Legacy] {
        let shop = Database::new().await;
        let server = HttpServer::start(&shop, &["--drain-seconds", "0"]).await;
        let _call = way.start(&server, "explain_query", endless()).await;
        shop.until_active("generate_series").await;
        server.terminate();
        assert!(server.ended().await, "{way:?}");
        shop.until_idle("generate_series").await;
    }
}

fn terminate(server: &Child) {
    let pid = server.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

/// Not by pg_stat_activity, which stays the same within the transaction that holds the lock.
const WAITS: &str = "select exists (select from pg_locks where relation = 'gate'::regclass and not granted)";

fn pass_gate() -> Value {
    json!({ "sql": "select count(*) from gate", "analyze": true })
}

fn endless() -> Value {
    json!({ "sql": "select count(*) from generate_series(1, 100000000000)", "analyze": true })
}

/// A configuration in which statements wait long for locks.
fn patient(shop: &Database) -> Configuration {
    let limits = "limits: {lock_ms: 60000}";
    Configuration::new(&format!("databases: {{shop: {{dsn: '{}', {limits}}}}}", shop.dsn()))
}
