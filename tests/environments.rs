//! What an environment opens, and which roles are used in it.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{Client, Database, Era, NEWER, OLDER, pgwright};

async fn call(arguments: &[&str], tool: &str, input: Value) -> Output {
    let input = input.to_string();
    let tail = ["call", tool, "--json", &input, "--format", "json"];
    pgwright(&[arguments, &tail].concat()).output().await.unwrap()
}

fn error(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_privileged_role_is_served_in_development_and_refused_elsewhere() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        let dsn = shop.dsn();
        let served = call(&["--dsn", &dsn], "table_stats", json!({})).await;
        assert!(served.status.success());
        assert_eq!(log(&served).matches("could do harm").count(), 1, "{}", log(&served));
        for environment in ["staging", "production"] {
            let refused =
                call(&["--dsn", &dsn, "--environment", environment], "table_stats", json!({})).await;
            let error = error(&refused);
            assert_eq!(error["code"], "privileged_role");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("role postgres") && message.contains("superuser"), "{message}");
            let hint = error["hint"].as_str().unwrap();
            assert!(hint.contains(&format!("pgwright roles --environment {environment}")), "{hint}");
            assert!(hint.contains("databases.default.allow_privileged_role"), "{hint}");
            assert!(error["next_step"].as_str().unwrap().contains("pgwright doctor --database default"));
            let allowed = ["--dsn", &dsn, "--environment", environment, "--allow-privileged-role"];
            let served = call(&allowed, "table_stats", json!({})).await;
            assert!(served.status.success(), "{}", String::from_utf8_lossy(&served.stdout));
            assert!(log(&served).contains("could do harm"));
        }
    }
}

#[tokio::test]
async fn the_configuration_may_allow_a_privileged_role_for_one_database() {
    let shop = Database::new().await;
    let entry = |name: &str, more: &str| {
        format!("  {name}: {{dsn: \"{}\", environment: staging{more}}}\n", shop.dsn())
    };
    let text =
        format!("databases:\n{}{}", entry("open", ", allow_privileged_role: true"), entry("closed", ""));
    let client = Client::configured(&text).await;
    assert!(client.call("table_stats", json!({ "database": "open" })).await.is_ok());
    let refused = client.call("table_stats", json!({ "database": "closed" })).await.unwrap_err();
    assert_eq!(refused.error["code"], "privileged_role");
    assert!(refused.text.contains("databases.closed.allow_privileged_role"), "{}", refused.text);
}

#[tokio::test]
async fn every_power_refuses_a_role_until_it_is_taken_away() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let role = format!("{}_app", shop.name());
    shop.execute(&format!("create role {role} login noinherit; grant select on orders to {role}")).await;
    let dsn = shop.dsn_as(&role);
    let client = Client::launch(&["--dsn", &dsn, "--environment", "staging", "serve"], Era::Sessions).await;
    for (id, give, take) in [
        ("superuser", format!("alter role {role} superuser"), format!("alter role {role} nosuperuser")),
        (
            "bypasses_row_security",
            format!("alter role {role} bypassrls"),
            format!("alter role {role} nobypassrls"),
        ),
        ("creates_roles", format!("alter role {role} createrole"), format!("alter role {role} nocreaterole")),
        ("replicates", format!("alter role {role} replication"), format!("alter role {role} noreplication")),
        (
            "reads_server_files",
            format!("grant pg_read_server_files to {role}"),
            format!("revoke pg_read_server_files from {role}"),
        ),
        (
            "runs_programs",
            format!("grant pg_execute_server_program to {role}"),
            format!("revoke pg_execute_server_program from {role}"),
        ),
        (
            "writes_all_data",
            format!("grant pg_write_all_data to {role}"),
            format!("revoke pg_write_all_data from {role}"),
        ),
        (
            "owner",
            format!("alter table orders owner to {role}"),
            "alter table orders owner to postgres".to_owned(),
        ),
        ("superuser", format!("grant postgres to {role}"), format!("revoke postgres from {role}")),
    ] {
        shop.execute(&give).await;
        let refused = client.call("table_stats", json!({})).await.unwrap_err();
        assert_eq!(refused.error["code"], "privileged_role", "{give}");
        assert!(refused.text.contains(id), "{give}: {}", refused.text);
        shop.execute(&take).await;
    }
    shop.execute(&format!("grant select on orders to {role}")).await;
    let answer = client.call("table_stats", json!({})).await;
    assert!(answer.is_ok(), "the server goes on with the role that was mended: {answer:?}");
}

#[tokio::test]
async fn a_role_that_gains_power_is_noticed_when_the_pool_connects_again() {
    let shop = Database::new().await;
    let role = format!("{}_app", shop.name());
    shop.execute(&format!("create role {role} login")).await;
    let dsn = shop.dsn_as(&role);
    let client = Client::launch(&["--dsn", &dsn, "--environment", "staging", "serve"], Era::Sessions).await;
    assert!(client.call("table_stats", json!({})).await.is_ok());
    shop.execute(&format!("alter role {role} superuser")).await;
    let ended =
        format!("select count(pg_terminate_backend(pid)) > 0 from pg_stat_activity where usename = '{role}'");
    assert!(shop.value::<bool>(&ended).await);
    shop.until(&format!("select not exists (select from pg_stat_activity where usename = '{role}')")).await;
    let refused = client.call("table_stats", json!({})).await.unwrap_err();
    assert_eq!(refused.error["code"], "privileged_role", "{}", refused.text);
}

#[tokio::test]
async fn tools_are_listed_and_refused_by_policy_without_a_database() {
    let nowhere = "host=127.0.0.1 port=1 user=nobody dbname=none";
    let client =
        Client::launch(&["--dsn", nowhere, "--environment", "production", "serve"], Era::Sessions).await;
    let names: Vec<String> = client.tools().await.iter().map(|tool| tool.name.to_string()).collect();
    assert!(names.contains(&"table_stats".to_owned()) && !names.contains(&"trigger_pipeline".to_owned()));
    let values = json!({ "table": "orders", "values": true });
    let refused = client.call("table_stats", values).await.unwrap_err();
    assert_eq!(refused.error["code"], "refused_by_policy");
    assert!(refused.text.contains("databases.default.allow: read_data"), "{}", refused.text);
}

#[tokio::test]
async fn a_pipeline_runs_in_its_own_environment_only() {
    let shop = Database::with("create table feed (id int primary key)").await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("feed.csv"), "id\n1\n").unwrap();
    for environment in ["development", "production"] {
        let text = format!(
            "version: 1\npipeline: {environment}\nkind: batch\nenvironment: {environment}\n\
             source: {{type: csv, path: feed.csv}}\ntarget: {{table: feed}}\n"
        );
        std::fs::write(folder.path().join(format!("{environment}.yaml")), text).unwrap();
    }
    let folder = folder.path().display().to_string();
    let client = Client::with(&shop, Era::Sessions, &["--pipelines", &folder]).await;
    for dry_run in [true, false] {
        let trigger = json!({ "pipeline": "production", "dry_run": dry_run });
        let refused = client.call("trigger_pipeline", trigger).await.unwrap_err();
        assert_eq!(refused.error["code"], "other_environment");
        assert!(refused.text.contains("databases.default.environment"), "{}", refused.text);
    }
    assert_eq!(shop.value::<i64>("select count(*) from feed").await, 0);
    let own = client.call("trigger_pipeline", json!({ "pipeline": "development" })).await.unwrap();
    assert_eq!(own["run"]["rows_loaded"], 1);
}
