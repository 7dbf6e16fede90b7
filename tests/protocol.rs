//! The protocol itself: both eras, ends of input, signals, bad requests.

use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, Database, Era, TOOLS, pgwright};

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
"#;

#[tokio::test]
async fn a_peer_that_leaves_before_it_says_anything_is_no_error() {
    let status = pgwright(&["serve"]).stdin(Stdio::null()).stdout(Stdio::null()).status().await.unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn tools_are_listed_without_any_database() {
    for era in [Era::Sessions, Era::Stateless] {
        let client = Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], era).await;
        let names: Vec<String> = client.tools().await.iter().map(|tool| tool.name.to_string()).collect();
        assert_eq!(names, TOOLS, "{era:?}");
    }
}

#[tokio::test]
async fn calls_under_way_at_the_end_of_input_are_answered() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let mut server = pgwright(&["--dsn", &shop.dsn(), "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let call =
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"table_stats","arguments":{}}}"#;
    input.write_all(format!("{INITIALIZE}{call}\n").as_bytes()).await.unwrap();
    drop(input);
    let mut output = String::new();
    server.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    assert!(output.lines().any(|line| line.contains("\"id\":7") && line.contains("orders")), "{output}");
    assert!(server.wait().await.unwrap().success());
}

#[tokio::test]
async fn every_line_on_standard_output_is_the_protocol() {
    let mut server = pgwright(&["--log", "trace", "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let noise = "not json\n{\"jsonrpc\":\"2.0\"}\n";
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    input.write_all(format!("{INITIALIZE}{noise}{list}\n").as_bytes()).await.unwrap();
    drop(input);
    let mut output = String::new();
    server.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    for line in output.lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
    }
    assert!(output.contains("\"id\":2"), "{output}");
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_and_an_unknown_argument_a_tool_error() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    assert!(client.protocol_error("explain_everything").await.message.contains("explain_everything"));
    let failure = client.call("table_stats", json!({"tabel": "orders"})).await.unwrap_err();
    assert_eq!(failure.error["code"], "invalid_arguments");
    assert!(failure.text.contains("did you mean table?"), "{}", failure.text);
    let failure = client.call("table_stats", json!({"database": "nowhere"})).await.unwrap_err();
    assert_eq!(failure.error["code"], "unknown_database");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_with_its_reason() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let failure = client.call("table_stats", json!({})).await.unwrap_err();
    assert_eq!(failure.error["code"], "08001");
    assert_eq!(failure.error["retryable"], true);
    assert!(failure.text.contains("is PostgreSQL running there"), "{}", failure.text);
}

/// A cancelled call must not leave its query running on the server.
#[tokio::test]
async fn cancelling_a_call_ends_its_query_in_postgres() {
    for era in [Era::Sessions, Era::Stateless] {
        let shop = Database::new().await;
        let client = Client::with(&shop, era, &[]).await;
        let call = client.start("explain_query", endless()).await;
        shop.until_active("generate_series").await;
        call.cancel().await;
        shop.until_idle("generate_series").await;
        assert!(client.call("table_stats", json!({})).await.is_ok(), "{era:?}: the session goes on");
    }
}

/// A server that is killed cannot cancel anything: its backends must notice by themselves.
#[tokio::test]
async fn a_killed_server_leaves_no_query_running() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let call = client.start("explain_query", endless()).await;
    shop.until_active("generate_series").await;
    client.kill_server();
    call.ended().await;
    shop.until_idle("generate_series").await;
}

#[tokio::test]
async fn a_backend_that_is_killed_under_a_call_is_a_retryable_error_and_the_next_call_works() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let call = client.start("explain_query", endless()).await;
    shop.until_active("generate_series").await;
    let killed: bool = shop
        .value(
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where application_name = 'pgwright' and datname = current_database() and state = 'active'",
        )
        .await;
    assert!(killed);
    let failure = call.finish().await.unwrap_err();
    assert_eq!(failure.error["retryable"], true, "{}", failure.text);
    assert!(client.call("table_stats", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_signal_to_stop_ends_the_server_and_its_queries() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let call = client.start("explain_query", endless()).await;
    shop.until_active("generate_series").await;
    client.signal_server(rustix::process::Signal::TERM);
    call.ended().await;
    shop.until_idle("generate_series").await;
}

fn endless() -> serde_json::Value {
    json!({ "sql": "select count(*) from generate_series(1, 100000000000)", "analyze": true })
}
