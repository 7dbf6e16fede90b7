//! With no connection string at all: a private PostgreSQL of pgwright's own, through the door a user uses.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{Client, Era, command_lines, eventually, pgwright};

/// The binary with a data directory of its own and no database configured.
fn alone(data: &Path, arguments: &[&str]) -> Command {
    let mut command = pgwright(arguments);
    command.env("PGWRIGHT_DATA_DIR", data).current_dir(data);
    command
}

/// A directory that an unprivileged server can reach, also when the tests run as root.
fn data_directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// Whether any process was started with that directory among its arguments.
fn server_runs(data: &Path) -> bool {
    let data = data.display().to_string();
    command_lines().iter().any(|line| line.contains(&data))
}

#[tokio::test]
async fn one_command_answers_from_a_private_cluster_and_leaves_nothing_running() {
    let data = data_directory();
    let output = alone(data.path(), &["call", "table_stats", "--format", "json"]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["tables"], json!([]));
    eventually("the server is gone", || async { !server_runs(data.path()) }).await;
}

#[tokio::test]
async fn two_processes_that_start_together_share_one_cluster_and_a_killed_one_leaves_no_server() {
    let data = data_directory();
    let serve = || Client::spawn(alone(data.path(), &["serve"]), Era::Sessions);
    let (first, second) = tokio::join!(serve(), serve());
    let explain = json!({ "sql": "select 1" });
    let (one, other) = tokio::join!(
        first.call("explain_query", explain.clone()),
        second.call("explain_query", explain.clone())
    );
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    first.kill_server();
    assert!(second.call("explain_query", explain).await.is_ok(), "the other goes on");
    second.kill_server();
    eventually("the server is gone", || async { !server_runs(data.path()) }).await;
}

#[tokio::test]
async fn where_there_is_no_postgresql_the_message_names_one_command() {
    let data = data_directory();
    let output = alone(data.path(), &["call", "table_stats"])
        .env("PGWRIGHT_PG_BIN", "/no/such/folder")
        .stdout(Stdio::piped())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("private_cluster") && text.contains("/no/such/folder"), "{text}");
}
