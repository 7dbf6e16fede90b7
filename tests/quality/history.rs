//! What a run is judged by: the runs before.

use serde_json::{Value, json};

use crate::support::{Client, Database};

async fn judged(client: &Client, document: &str) -> Vec<(String, String)> {
    let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
    let of = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().map(|check| (of(check, "verdict"), of(check, "evidence"))).collect()
}

#[tokio::test]
async fn figures_are_judged_by_those_of_the_same_weekday() {
    let shop =
        Database::with("create table t (v numeric); insert into t select 10 from generate_series(1, 1000)")
            .await;
    let config =
        format!("databases:\n  shop: {{dsn: \"{}\"}}\nstate: shop\nquality: {{history: true}}\n", shop.dsn());
    let client = Client::configured(&config).await;
    let document = "checks for t:\n  - row_count: {anomaly: {k: 5}}\n  - sum(v): {anomaly: {}, severity: warn}\n  - missing(v)\n";
    let first = judged(&client, document).await;
    assert_eq!((first[0].0.as_str(), first[2].0.as_str()), ("unknown", "pass"), "{first:?}");
    assert!(first[0].1.contains("learning 0/10"), "{first:?}");

    // Seventy days around a thousand rows, by the hand of another program.
    shop.execute(
        "insert into pgwright.quality_figures (place, relation, \"check\", measured_at, figure)
         select q.place, q.relation, q.\"check\", now() - d * interval '1 day', q.figure * (1 + 0.01 * sin(d))
         from pgwright.quality_figures q, generate_series(1, 70) d",
    )
    .await;
    let usual = judged(&client, document).await;
    assert_eq!((usual[0].0.as_str(), usual[1].0.as_str()), ("pass", "pass"), "{usual:?}");
    shop.execute("delete from t where ctid in (select ctid from t limit 600)").await;
    let strange = judged(&client, document).await;
    assert_eq!((strange[0].0.as_str(), strange[1].0.as_str()), ("fail", "warn"), "{strange:?}");
    assert!(strange[0].1.contains("deviations from about"), "{strange:?}");
}

#[tokio::test]
async fn a_change_of_columns_is_told_once() {
    let shop = Database::with("create table t (a int, b text)").await;
    let config =
        format!("databases:\n  shop: {{dsn: \"{}\"}}\nstate: shop\nquality: {{history: true}}\n", shop.dsn());
    let client = Client::configured(&config).await;
    let document = "checks for t: [schema_drift]";
    assert_eq!(judged(&client, document).await[0].0, "unknown");
    assert_eq!(judged(&client, document).await[0].0, "pass");
    shop.execute("alter table t add c int, drop b, alter a type bigint").await;
    let (verdict, evidence) = judged(&client, document).await.remove(0);
    assert_eq!(verdict, "fail");
    assert!(evidence.contains("gone: a integer, b text; new: a bigint, c integer"), "{evidence}");
    assert_eq!(judged(&client, document).await[0].0, "pass");
}

#[tokio::test]
async fn without_a_history_nothing_is_judged_by_one() {
    let shop = Database::with("create table t (a int)").await;
    let client = Client::stdio(&shop).await;
    let found =
        judged(&client, "checks for t: [schema_drift, row_count: {anomaly: {}}, row_count >= 0]").await;
    assert_eq!([&found[0].0, &found[1].0, &found[2].0], ["unknown", "unknown", "pass"]);
    assert!(found[0].1.contains("no history is kept; set quality.history"), "{found:?}");
}
