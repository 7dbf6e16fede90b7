//! Secrets by reference: where they come from, and that they show nowhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::json;

use crate::support::{Configuration, Database, pgwright};

const CANARY: &str = "canary-4711";

/// A folder with this configuration, and with the secret in a file that only its owner may read.
fn configured(text: &str) -> Configuration {
    let config = Configuration::new(text);
    let secret = config.folder().join("secret");
    fs::write(&secret, format!("{CANARY}\n")).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    config
}

async fn call(config: &Configuration) -> Output {
    pgwright(&["--log", "trace", "--config", config.path(), "call", "table_stats"])
        .env("PGWRIGHT_TEST_SECRET", CANARY)
        .output()
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    assert!(!said.contains(CANARY), "{said}");
    said
}

#[tokio::test]
async fn a_connection_string_comes_whole_from_the_environment_or_a_file() {
    let shop = Database::new().await;
    let config = configured("databases: {shop: {dsn: '${file:dsn}'}}");
    fs::write(config.folder().join("dsn"), shop.dsn()).unwrap();
    fs::set_permissions(config.folder().join("dsn"), Permissions::from_mode(0o600)).unwrap();
    let output = call(&config).await;
    assert!(output.status.success(), "{}", said(&output));
    let config = configured("databases: {shop: {dsn: '${env:PGWRIGHT_TEST_DSN}'}}");
    let output = pgwright(&["--config", config.path(), "call", "table_stats"])
        .env("PGWRIGHT_TEST_DSN", shop.dsn())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test]
async fn a_password_by_reference_shows_nowhere() {
    for reference in ["${env:PGWRIGHT_TEST_SECRET}", "${file:secret}"] {
        let config = configured(&format!(
            "databases: {{shop: {{dsn: 'postgres://me:{reference}@127.0.0.1:1/shop'}}}}"
        ));
        let output = call(&config).await;
        assert!(said(&output).contains("127.0.0.1:1/shop"), "{}", said(&output));
    }
}

#[tokio::test]
async fn a_secret_file_that_others_may_read_is_warned_of() {
    let config = configured("databases: {shop: {dsn: 'postgres://me:${file:secret}@127.0.0.1:1/shop'}}");
    assert!(!said(&call(&config).await).contains("may read this secret"));
    for mode in [0o640, 0o604] {
        fs::set_permissions(config.folder().join("secret"), Permissions::from_mode(mode)).unwrap();
        assert!(
            said(&call(&config).await).contains("others on this machine may read this secret"),
            "{mode:o}"
        );
    }
}

#[tokio::test]
async fn a_reference_that_stands_for_nothing_is_named() {
    for (reference, expected) in [
        ("env:PGWRIGHT_TEST_NONE", "database shop: env:PGWRIGHT_TEST_NONE is not set"),
        ("file:none", "database shop: file:none cannot be read: No such file or directory"),
        ("vault:x", "database shop: unknown reference vault:x"),
        ("aws-secret:x", "database shop: aws-secret:x"),
    ] {
        let config = configured(&format!("databases: {{shop: {{dsn: '${{{reference}}}'}}}}"));
        let output = call(&config).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
}

/// Arguments show in process lists.
#[tokio::test]
async fn a_password_among_the_arguments_is_warned_of_and_one_in_the_environment_is_not() {
    let dsn = format!("postgres://me:{CANARY}@127.0.0.1:1/shop");
    let output = pgwright(&["--dsn", &dsn, "call", "table_stats"]).output().await.unwrap();
    assert!(said(&output).contains("shows in process lists"), "{}", said(&output));
    let output = pgwright(&["call", "table_stats"]).env("DATABASE_URL", &dsn).output().await.unwrap();
    assert!(!said(&output).contains("process lists"), "{}", said(&output));
}

/// What a trigger raises may quote rows.
#[tokio::test]
async fn what_a_trigger_raises_is_not_repeated() {
    let shop = Database::with(&format!(
        "create table ours (id int primary key);
         create function refuse() returns trigger language plpgsql as $$ begin
             raise exception 'row {CANARY}' using errcode = '23514', hint = '{CANARY}', detail = '{CANARY}';
         end $$;
         create trigger refuse before insert on ours for each row execute function refuse();"
    ))
    .await;
    let config = configured(&format!("databases: {{shop: {{dsn: '{}'}}}}\npipelines: .\n", shop.dsn()));
    fs::write(config.folder().join("in.csv"), "id\n1\n").unwrap();
    let definition =
        "version: 1\npipeline: feed\nkind: batch\nsource: {type: csv, path: in.csv}\ntarget: {table: ours}\n";
    fs::write(config.folder().join("feed.yaml"), definition).unwrap();
    let arguments = json!({ "pipeline": "feed" }).to_string();
    let output = pgwright(&["--config", config.path(), "call", "trigger_pipeline", "--json", &arguments])
        .output()
        .await
        .unwrap();
    assert!(said(&output).contains("23514"), "{}", said(&output));
    assert_eq!(shop.value::<i64>("select count(*) from ours").await, 0);
}
