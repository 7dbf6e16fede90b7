//! `pgwright validate`: what the guard says of a statement, without any database.

use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::support::pgwright;

async fn validate(arguments: &[&str]) -> Output {
    // No configuration and no database are looked at: these would fail.
    let nowhere = ["--config", "/no/such/file", "--dsn", "not a connection string", "validate"];
    pgwright(&[&nowhere, arguments].concat()).output().await.unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn a_query_is_admitted_with_what_the_database_must_still_judge() {
    let output =
        validate(&["select price(o.id), lower(o.note) from sales.orders o where placed_at::date = $1"]).await;
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.starts_with("admitted: a query that only reads\nreads sales.orders\n"), "{text}");
    assert!(text.contains("must still judge price\n"), "{text}");
    assert!(text.contains("databases.<name>.reach.allow_functions"), "{text}");

    let output = validate(&["explain analyze select price(1) from sales.orders", "--format", "json"]).await;
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["verdict"], "admitted");
    assert_eq!((&verdict["kind"], &verdict["analyze"]), (&"explain".into(), &true.into()));
    assert_eq!(verdict["relations"], serde_json::json!(["sales.orders"]));
    assert_eq!(verdict["judged_by_the_database"], serde_json::json!(["price"]));
}

#[tokio::test]
async fn a_refusal_says_the_rule_the_place_and_what_is_allowed() {
    let output = validate(&["select a,\n  pg_sleep(9) from t"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "refused by function: pg_sleep() may not be called: it waits\n  line 2, column 3\n      pg_sleep(9) from t\n      ^\n\
         allowed is the same query without the wait\n"
    );
    let output = validate(&["--format", "json", "commit; drop table t"]).await;
    assert_eq!(output.status.code(), Some(1));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdict["verdict"], &verdict["rule"]), (&"refused".into(), &"several_statements".into()));
    assert_eq!((&verdict["line"], &verdict["column"]), (&1.into(), &9.into()));
}

#[tokio::test]
async fn the_statement_comes_from_a_file_or_from_standard_input_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("query.sql");
    std::fs::write(&path, "table pg_authid").unwrap();
    assert_eq!(validate(&["--file", path.to_str().unwrap()]).await.status.code(), Some(1));

    let mut piped =
        pgwright(&["validate", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(b"select 1").await.unwrap();
    assert_eq!(piped.wait_with_output().await.unwrap().status.code(), Some(0));
}

#[tokio::test]
async fn unusable_arguments_are_exit_2() {
    for arguments in [
        &[][..],
        &["--file", "/no/such/file"],
        &["select 1", "--file", "x"],
        &["select 1", "--format", "xml"],
    ] {
        assert_eq!(validate(arguments).await.status.code(), Some(2), "{arguments:?}");
    }
}
