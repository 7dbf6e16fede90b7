//! The command line for scripts: what is printed, with which exit code, and how the configuration decides.

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{Client, Database, Era, pgwright};

async fn call(shop: &Database, arguments: &[&str]) -> Output {
    pgwright(&[&["--dsn", &shop.dsn(), "call"], arguments].concat()).output().await.unwrap()
}

fn stdout(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test]
async fn an_answer_is_printed_with_exit_0_and_an_error_object_with_exit_1() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let answered = call(&shop, &["table_stats", "--json", r#"{"table":"orders"}"#, "--format", "json"]).await;
    assert_eq!(answered.status.code(), Some(0));
    assert_eq!(stdout(&answered)["tables"][0]["name"], "public.orders");
    let failed = call(&shop, &["table_stats", "--json", r#"{"table":"orderz"}"#, "--format", "json"]).await;
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(stdout(&failed)["code"], "42P01");
    assert!(stdout(&failed)["hint"].as_str().unwrap().contains("public.orders"));
}

#[tokio::test]
async fn unusable_arguments_are_exit_2() {
    let shop = Database::new().await;
    for arguments in [
        &["table_stats", "--json", "[1]"][..],
        &["table_stats", "--json", "{"],
        &["table_stats", "--json", "@/no/such/file"],
        &["table_stats", "--json", r#"{"tabel":"x"}"#],
        &["no_such_tool"],
        &["table_stats", "--format", "xml"],
    ] {
        assert_eq!(call(&shop, arguments).await.status.code(), Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn arguments_come_from_a_file_or_from_standard_input_too() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("arguments.json");
    std::fs::write(&path, r#"{"table":"orders"}"#).unwrap();
    let from_file = format!("@{}", path.display());
    let answered = call(&shop, &["table_stats", "--json", &from_file, "--format", "json"]).await;
    assert_eq!(stdout(&answered)["tables"][0]["name"], "public.orders");

    let mut piped =
        pgwright(&["--dsn", &shop.dsn(), "call", "table_stats", "--json", "-", "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
    piped.stdin.take().unwrap().write_all(br#"{"table":"orders"}"#).await.unwrap();
    let answered = piped.wait_with_output().await.unwrap();
    assert_eq!(stdout(&answered)["tables"][0]["name"], "public.orders");
}

/// A configuration of one database in three environments.
fn environments(shop: &Database) -> String {
    let databases: String = ["development", "staging", "production"]
        .iter()
        .map(|name| {
            format!(
                "  {name}: {{dsn: \"{}\", environment: {name}, allow_privileged_role: true}}\n",
                shop.dsn()
            )
        })
        .collect();
    format!("databases:\n{databases}default_database: production\n")
}

#[tokio::test]
async fn production_is_closed_by_default_and_the_refusal_names_the_setting() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let client = Client::configured(&environments(&shop)).await;

    let planned = json!({ "sql": "select * from orders" });
    assert!(client.call("explain_query", planned).await.is_ok(), "plans are shown");
    let measured =
        |database: &str| json!({ "sql": "select * from orders", "analyze": true, "database": database });
    let refused = client.call("explain_query", measured("production")).await.unwrap_err();
    assert_eq!(refused.error["code"], "refused_by_policy");
    assert!(refused.text.contains("databases.production.allow: read_data"), "{}", refused.text);
    assert!(client.call("explain_query", measured("staging")).await.is_ok());
    assert!(client.call("explain_query", measured("development")).await.is_ok());
}

#[tokio::test]
async fn a_server_with_only_production_lists_no_tool_that_must_write() {
    let shop = Database::new().await;
    let client =
        Client::with(&shop, Era::Sessions, &["--environment", "production", "--allow-privileged-role"]).await;
    let names: Vec<String> = client.tools().await.iter().map(|tool| tool.name.to_string()).collect();
    for (tool, listed) in [
        ("explain_query", true),
        ("run_quality_check", true),
        ("run_query", false),
        ("trigger_pipeline", false),
    ] {
        assert_eq!(names.iter().any(|name| name == tool), listed, "{tool} in {names:?}");
    }
    let checks = json!([{ "type": "not_null", "column": "relname" }]);
    let check =
        |dry_run: bool| json!({ "table": "pg_catalog.pg_class", "checks": checks, "dry_run": dry_run });
    assert!(
        client.call("run_quality_check", check(true)).await.is_ok(),
        "a dry run reads the catalogue only"
    );
    let refused = client.call("run_quality_check", check(false)).await.unwrap_err();
    assert_eq!(refused.error["code"], "refused_by_policy");
}

#[tokio::test]
async fn a_secret_never_shows() {
    let output = pgwright(&[
        "--log",
        "trace",
        "--dsn",
        "postgres://me:hunter2@127.0.0.1:1/shop",
        "call",
        "table_stats",
    ])
    .output()
    .await
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let everything = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8_lossy(&everything).contains("hunter2"));
}

#[tokio::test]
async fn not_even_the_most_verbose_log_holds_what_was_asked() {
    let shop = Database::new().await;
    let mut server = pgwright(&["--log", "trace", "--dsn", &shop.dsn(), "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let requests = concat!(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        "\n",
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        "\n",
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"explain_query","arguments":{"sql":"select 'canary-4711'"}}}"#,
        "\n",
    );
    server.stdin.take().unwrap().write_all(requests.as_bytes()).await.unwrap();
    let output = server.wait_with_output().await.unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("answered"), "the log is verbose: {log}");
    assert!(!log.contains("canary-4711"), "{log}");
}
