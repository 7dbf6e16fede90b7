//! The audit trail: every call is on it, no value is, whatever is changed on it is found, and without it nothing writes.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use futures_util::future::join_all;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::support::way::Way;
use crate::support::{Client, Configuration, Database, Era, HttpServer, Trail, eventually, pgwright};

/// A server over stdio that writes this trail.
async fn client(shop: &Database, trail: &Trail) -> Client {
    Client::with(shop, Era::Sessions, &trail.arguments()).await
}

async fn call(shop: &Database, trail: &Trail, tool: &str, arguments: &Value) {
    let dsn = shop.dsn();
    let (arguments, call) = (arguments.to_string(), ["call", tool, "--json"]);
    let output = pgwright(&[&trail.arguments()[..], &["--dsn", &dsn], &call, &[&arguments]].concat())
        .output()
        .await
        .unwrap();
    assert!(output.status.code() == Some(0), "{output:?}");
}

/// A trail of so many calls, sealed, in one file.
async fn trail_of(calls: usize) -> Trail {
    let shop = Database::new().await;
    loop {
        let trail = Trail::new();
        let client = client(&shop, &trail).await;
        for number in 0..calls {
            let arguments = json!({ "sql": format!("select {number} as n, relname from pg_class") });
            client.call("explain_query", arguments).await.unwrap();
        }
        until_sealed(&trail).await;
        // Each day has a file of its own, and one may have begun meanwhile.
        if trail.files().len() == 1 {
            return trail;
        }
    }
}

async fn until_sealed(trail: &Trail) {
    let everything = trail.records().last().unwrap()["seq"].clone();
    eventually("sealed", || async {
        trail.verify().await.text.contains(&format!("seals record {everything}\n"))
    })
    .await;
}

fn outcomes(trail: &Trail) -> Vec<(String, String)> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap().to_owned();
    trail.calls().iter().map(|record| (text(record, "tool"), text(record, "outcome"))).collect()
}

#[tokio::test]
async fn every_call_is_one_record_whatever_became_of_it() {
    let (shop, trail) = (Database::with("create table orders (id int, note text)").await, Trail::new());
    let client = Client::with(
        &shop,
        Era::Sessions,
        &[&trail.arguments()[..], &["--environment", "production", "--allow-privileged-role"]].concat(),
    )
    .await;
    let query = json!({ "sql": "SELECT * FROM orders WHERE id IN (1, 2) -- why" });
    client.call("explain_query", query.clone()).await.unwrap();
    client.call("table_stats", json!({ "table": "orderz" })).await.unwrap_err();
    client.call("explain_query", json!({ "sql": "drop table orders" })).await.unwrap_err();
    client
        .call("explain_query", json!({ "sql": "select * from orders", "analyze": true }))
        .await
        .unwrap_err();
    client.call("explain_query", json!({ "sql": 1 })).await.unwrap_err();
    client
        .call("explain_query", json!({ "sql": "select 1", "database": "postgres://u:hunter2@h/d" }))
        .await
        .unwrap_err();
    client.protocol_error("drop_everything").await;
    assert_eq!(
        outcomes(&trail),
        [
            ("explain_query", "ok"),
            ("table_stats", "42P01"),
            ("explain_query", "not_read_only"),
            ("explain_query", "refused_by_policy"),
            ("explain_query", "invalid_arguments"),
            ("explain_query", "unknown_database"),
            ("drop_everything", "unknown_tool"),
        ]
        .map(|(tool, outcome)| (tool.to_owned(), outcome.to_owned()))
    );
    assert_eq!(
        trail.calls()[2]["statements"][0]["text"],
        "drop table orders",
        "the refused statement is told"
    );
    let first = &trail.calls()[0];
    assert_eq!(first["statements"][0]["text"], "select * from orders where id in ($1)");
    assert_eq!(first["statements"].as_array().unwrap().len(), 1, "asked for and run is one statement");
    assert_eq!((&first["principal"], &first["database"]), (&json!("local"), &json!("default")));
    assert_eq!((&first["environment"], &first["access"]), (&json!("production"), &json!("read_catalog")));
    assert!(first["client"].as_str().unwrap().contains("rmcp"), "{first}");
    assert!(first["ms"].as_f64().unwrap() > 0.0 && first["answer_bytes"].as_u64().unwrap() > 0);
    let time = first["time"].as_str().unwrap();
    assert!(
        time.starts_with("20") && time.ends_with('Z') && time.len() == "2026-01-01T00:00:00.000Z".len(),
        "{time}"
    );
    let numbers: Vec<u64> = trail.records().iter().map(|record| record["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=7).collect::<Vec<u64>>());
    assert!(!trail.text().contains("hunter2"), "a database that is none is not told");
    assert!(trail.verify().await.intact);
}

#[tokio::test]
async fn every_door_leads_past_the_trail() {
    let (shop, trail) = (Database::new().await, Trail::new());
    let dsn = shop.dsn();
    let serve = ["--dsn", &dsn, "serve", "--http", "127.0.0.1:0", "--enable-legacy-sse"];
    let server = HttpServer::launch(&[&trail.arguments()[..], &serve].concat()).await;
    for way in [Way::Stateless, Way::Session, Way::Legacy] {
        way.start(&server, "table_stats", json!({})).await.answer().await;
    }
    client(&shop, &trail).await.call("table_stats", json!({})).await.unwrap();
    call(&shop, &trail, "table_stats", &json!({})).await;
    let calls = trail.calls();
    let of =
        |key: &str| -> Vec<&str> { calls.iter().map(|call| call[key].as_str().unwrap_or("-")).collect() };
    assert_eq!(of("principal"), ["remote", "remote", "remote", "local", "local"]);
    assert_eq!(of("client")[0], "test 1");
    assert_eq!(of("client")[4], "cli");
    assert_eq!(
        of("session").iter().map(|id| id.len()).collect::<Vec<_>>(),
        [1, 8, 1, 1, 1],
        "{:?}",
        of("session")
    );
    assert!(trail.verify().await.intact, "three processes, one chain");
}

#[tokio::test]
async fn no_value_is_on_the_trail() {
    let people = "create table people (id int, mail text); insert into people values (4711, 'canary-row')";
    let (shop, trail) = (Database::with(people).await, Trail::new());
    let client = client(&shop, &trail).await;
    let asked = [
        (
            "explain_query",
            json!({ "sql": "select 'canary-1', $$canary-2$$, 987654321 /* canary-3 */ from people", "analyze": true }),
        ),
        (
            "explain_query",
            json!({ "sql": "select * from people where mail = $1 and id = $2", "params": ["canary-4", 987654321] }),
        ),
        ("explain_query", json!({ "sql": "select * from people where mail = 'canary-5" })),
        (
            "run_quality_check",
            json!({ "table": "people", "checks": [
            { "type": "accepted_values", "column": "mail", "values": ["canary-6"] },
        ] }),
        ),
        ("table_stats", json!({ "table": "canary-7", "limit": "canary-8" })),
    ];
    for (tool, arguments) in asked {
        let _either = client.call(tool, arguments).await;
    }
    let text = trail.text();
    assert_eq!(trail.calls().len(), 5);
    assert!(!text.contains("canary") && !text.contains("987654321"), "{text}");
    assert!(text.contains("select * from people where mail = $1 and id = $2"));
}

#[tokio::test]
async fn a_cancelled_call_is_on_the_trail_with_its_outcome() {
    let (shop, trail) = (Database::new().await, Trail::new());
    let client = client(&shop, &trail).await;
    let endless = json!({ "sql": "select count(*) from generate_series(1, 100000000000)", "analyze": true });
    let call = client.start("explain_query", endless).await;
    shop.until_active("generate_series").await;
    call.cancel().await;
    eventually("recorded", || async { trail.calls().len() == 1 }).await;
    assert!(
        ["57014", "abandoned"].contains(&trail.calls()[0]["outcome"].as_str().unwrap()),
        "{}",
        trail.text()
    );
}

#[tokio::test]
async fn processes_that_write_at_once_make_one_chain() {
    let (shop, trail) = (Database::new().await, Trail::new());
    let clients = join_all((0..4).map(|_| client(&shop, &trail))).await;
    join_all(clients.iter().map(|client| async {
        for _ in 0..25 {
            client.call("table_stats", json!({})).await.unwrap();
        }
    }))
    .await;
    until_sealed(&trail).await;
    assert_eq!(trail.calls().len(), 100);
    let verdict = trail.verify().await;
    assert!(verdict.intact && verdict.text.contains("intact: records 1 to 100 in "), "{}", verdict.text);
}

#[tokio::test]
async fn a_server_without_calls_writes_no_trail() {
    let (shop, trail) = (Database::new().await, Trail::new());
    client(&shop, &trail).await.tools().await;
    assert_eq!(fs::read_dir(trail.path()).unwrap().count(), 0);
    assert!(!trail.verify().await.intact, "what is not there cannot be vouched for");
}

/// The figure's property on fewer cases: `cargo bench --bench figures -- audit` tries 1,000.
#[tokio::test]
async fn whatever_is_changed_before_the_checkpoint_is_found() {
    let trail = trail_of(20).await;
    let saved = trail.saved();
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..60 {
        let what = trail.tamper(&mut random);
        assert!(!trail.verify().await.intact, "not found: {what}");
        trail.restore(&saved);
    }
    assert!(trail.verify().await.intact);
}

#[tokio::test]
async fn the_verdict_names_the_record() {
    let trail = trail_of(5).await;
    let saved = trail.saved();
    let path = trail.files()[0].clone();
    let lines: Vec<String> = trail.text().split_inclusive('\n').map(str::to_owned).collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().concat();
    let changed = trail.text().replacen("\"seq\":3,", "\"seq\":3, ", 1);
    let swapped = [&lines[0], &lines[2], &lines[1], &lines[3], &lines[4]].map(String::as_str).concat();
    for (text, expected) in [
        (changed, "000001.jsonl, line 3: record 3 was changed"),
        (without(1), "000001.jsonl, line 2: records 2 to 2 are missing in front of this one"),
        (swapped, "000001.jsonl, line 3: record 2 stands where record 4 should"),
        (lines[..3].concat(), "the log ends with record 3, but record 5 was sealed: its end was cut off"),
    ] {
        fs::write(&path, text).unwrap();
        let verdict = trail.verify().await;
        assert!(!verdict.intact && verdict.text.contains(expected), "{expected}: {}", verdict.text);
        assert!(!verdict.text.contains("made anew"), "one record is no new trail: {}", verdict.text);
        trail.restore(&saved);
    }
}

/// Anybody can chain records anew; nobody can seal them without the key.
#[tokio::test]
async fn a_trail_made_anew_is_found() {
    let (trail, other) = (trail_of(4).await, trail_of(5).await);
    fs::copy(&other.files()[0], &trail.files()[0]).unwrap();
    let verdict = trail.verify().await;
    assert!(!verdict.intact, "{}", verdict.text);
    fs::copy(other.path().join("seal/checkpoint.json"), trail.path().join("seal/checkpoint.json")).unwrap();
    let verdict = trail.verify().await;
    assert!(!verdict.intact && verdict.text.contains("was not made with this key"), "{}", verdict.text);
    fs::remove_file(trail.path().join("seal/checkpoint.json")).unwrap();
    let verdict = trail.verify().await;
    assert!(!verdict.intact && verdict.text.contains("no checkpoint"), "{}", verdict.text);
}

/// A table with a pipeline into it.
async fn loading(extra: &str) -> (Database, Configuration) {
    let shop = Database::with("create table ours (id int primary key)").await;
    let config = format!("databases: {{shop: {{dsn: '{}'}}}}\npipelines: .\n{extra}", shop.dsn());
    let config = Configuration::new(&config);
    fs::write(config.folder().join("in.csv"), "id\n1\n2\n").unwrap();
    let definition =
        "version: 1\npipeline: feed\nkind: batch\nsource: {type: csv, path: in.csv}\ntarget: {table: ours}\n";
    fs::write(config.folder().join("feed.yaml"), definition).unwrap();
    (shop, config)
}

async fn loader(config: &Configuration, trail: &Trail) -> Client {
    let arguments = [&["--config", config.path()][..], &trail.arguments(), &["serve"]].concat();
    Client::launch(&arguments, Era::Sessions).await
}

async fn loaded(shop: &Database) -> i64 {
    shop.value("select count(*) from ours").await
}

#[tokio::test]
async fn a_call_that_writes_is_on_the_trail_before_it_runs() {
    let ((shop, config), trail) = (loading("").await, Trail::new());
    let client = loader(&config, &trail).await;
    client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await.unwrap();
    assert_eq!(loaded(&shop).await, 2);
    let records = trail.records();
    assert_eq!(records[0]["event"], "intent");
    assert_eq!((&records[1]["event"], &records[1]["intent"]), (&json!("call"), &json!(1)));
    assert_eq!((&records[1]["access"], &records[1]["rows_written"]), (&json!("write_data"), &json!(2)));
    assert!(records[0].get("outcome").is_none(), "it was not known yet");
}

#[tokio::test]
async fn on_a_full_disk_nothing_writes_and_reads_go_on() {
    let ((shop, config), trail) = (loading("").await, Trail::new());
    fs::create_dir(trail.path().join("log")).unwrap();
    let full = trail.path().join("log/000001.jsonl");
    symlink("/dev/full", &full).unwrap();
    let client = loader(&config, &trail).await;
    let refused = client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await.unwrap_err();
    assert_eq!(refused.error["code"], "audit_unavailable");
    assert_eq!(refused.error["retryable"], true);
    assert!(refused.text.contains("trigger_pipeline was not run"), "{}", refused.text);
    assert!(refused.text.contains("No space left on device"), "{}", refused.text);
    assert_eq!(loaded(&shop).await, 0);
    client.call("table_stats", json!({})).await.unwrap();

    fs::remove_file(&full).unwrap();
    client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await.unwrap();
    assert_eq!(loaded(&shop).await, 2);
    assert_eq!(trail.records()[0]["unrecorded"], 2, "the gap is told");
    assert!(trail.verify().await.intact);
}

#[tokio::test]
async fn a_full_disk_is_said_on_standard_error() {
    let (shop, trail) = (Database::new().await, Trail::new());
    fs::create_dir(trail.path().join("log")).unwrap();
    symlink("/dev/full", trail.path().join("log/000001.jsonl")).unwrap();
    let dsn = shop.dsn();
    let output = pgwright(&[&trail.arguments()[..], &["--dsn", &dsn, "call", "table_stats"]].concat())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "a read goes on");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("could not be recorded") && said.contains("No space left on device"), "{said}");
}

/// A server cannot be made to seal over what was cut off under it.
#[tokio::test]
async fn a_server_whose_trail_was_cut_refuses_to_write_and_the_cut_stays_found() {
    let ((shop, config), trail) = (loading("").await, Trail::new());
    let client = loader(&config, &trail).await;
    for _ in 0..3 {
        client.call("table_stats", json!({})).await.unwrap();
    }
    until_sealed(&trail).await;
    trail.cut_behind_the_first_record();
    for _ in 0..4 {
        client.call("table_stats", json!({})).await.unwrap();
    }
    let refused = client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await.unwrap_err();
    assert_eq!(refused.error["code"], "audit_unavailable");
    assert!(
        refused.text.contains("record 3, which was sealed, is no longer in its place"),
        "{}",
        refused.text
    );
    assert_eq!(loaded(&shop).await, 0);
    assert!(!trail.verify().await.intact);
}

#[tokio::test]
async fn files_rotate_and_a_missing_one_is_found() {
    let ((_shop, config), trail) = (loading("audit: {rotate_bytes: 1000}").await, Trail::new());
    let client = loader(&config, &trail).await;
    for _ in 0..8 {
        client.call("table_stats", json!({})).await.unwrap();
    }
    until_sealed(&trail).await;
    assert!(trail.files().len() > 2, "{:?}", trail.files());
    assert!(trail.verify().await.intact);
    for missing in 0..trail.files().len() {
        let saved = trail.saved();
        fs::remove_file(&trail.files()[missing]).unwrap();
        let verdict = trail.verify().await;
        assert!(!verdict.intact, "file {missing}: {}", verdict.text);
        trail.restore(&saved);
    }
}

#[tokio::test]
async fn what_retention_removed_is_not_missing_and_what_it_kept_is() {
    let ((_shop, config), trail) =
        (loading("audit: {rotate_bytes: 1, retention_days: 0}").await, Trail::new());
    let client = loader(&config, &trail).await;
    for _ in 0..4 {
        client.call("table_stats", json!({})).await.unwrap();
    }
    until_sealed(&trail).await;
    eventually("removed", || async { trail.files().len() == 1 }).await;
    let verdict = trail.verify().await;
    assert!(verdict.intact && verdict.text.contains("records 4 to 4"), "{}", verdict.text);
    client.call("table_stats", json!({})).await.unwrap();
    until_sealed(&trail).await;
    fs::remove_file(trail.file_of(5)).unwrap();
    assert!(!trail.verify().await.intact);
}

#[tokio::test]
async fn a_record_cut_short_by_a_crash_is_removed_and_told() {
    let (shop, trail) = (Database::new().await, Trail::new());
    call(&shop, &trail, "table_stats", &json!({})).await;
    let mut log = fs::OpenOptions::new().append(true).open(trail.file_of(1)).unwrap();
    log.write_all(b"{\"seq\":2,\"ti").unwrap();
    let verdict = trail.verify().await;
    assert!(verdict.intact && verdict.text.contains("cut short"), "{}", verdict.text);
    call(&shop, &trail, "table_stats", &json!({})).await;
    assert_eq!(trail.records()[1]["torn_bytes"], 12);
    assert!(trail.verify().await.intact);
}

#[tokio::test]
async fn a_killed_server_leaves_a_trail_that_goes_on() {
    let (shop, trail) = (Database::new().await, Trail::new());
    let killed = client(&shop, &trail).await;
    killed.call("table_stats", json!({})).await.unwrap();
    killed.kill_server();
    call(&shop, &trail, "table_stats", &json!({})).await;
    let verdict = trail.verify().await;
    assert!(verdict.intact && verdict.text.contains("records 1 to 2"), "{}", verdict.text);
}

#[tokio::test]
async fn the_trail_can_be_turned_off_and_its_files_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let ((shop, config), trail) = (loading("audit: {enabled: false}").await, Trail::new());
    let client = loader(&config, &trail).await;
    client.call("trigger_pipeline", json!({ "pipeline": "feed" })).await.unwrap();
    assert_eq!(fs::read_dir(trail.path()).unwrap().count(), 0);

    call(&shop, &trail, "table_stats", &json!({})).await;
    for path in ["log/000001.jsonl", "seal/key", "seal/checkpoint.json", "log", "seal"] {
        let mode = fs::metadata(trail.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
}

#[tokio::test]
async fn the_last_records_are_shown() {
    let trail = trail_of(3).await;
    let shown = pgwright(&[&trail.arguments()[..], &["audit", "show", "--last", "2"]].concat())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let lines = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(lines.lines().collect::<Vec<_>>(), trail.text().lines().skip(1).collect::<Vec<_>>());
}
