//! The forms of documents, through the command line and the MCP client.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{Client, Database, pgwright};

const SHOP: &str = "create schema shop;
    create table shop.orders (id int primary key, sku text, email text, status text, quantity int, price numeric,
                              created_at timestamptz, shipped_at timestamptz);
    insert into shop.orders
    select g, 'AB-' || g, 'u' || g || '@example.org', 'paid', g % 10, g, now(), now() + interval '1 hour' from generate_series(1, 1000) g;
    update shop.orders set email = null where id in (1, 2, 3);
    update shop.orders set sku = 'AB-1' where id in (2, 3);
    update shop.orders set status = 'lost' where id = 9";

const CONTRACT: &str = r"
apiVersion: v3.1.0
kind: DataContract
id: orders
status: active
slaProperties: [{property: latency, value: 4}]
schema:
  - name: orders
    physicalName: shop.orders
    quality:
      - {metric: rowCount, mustBeGreaterThan: 10}
      - {metric: duplicateValues, arguments: {properties: [sku, created_at]}, mustBe: 0, severity: warning}
      - {type: sql, query: 'select count(*) from {object} where shipped_at < created_at', mustBe: 0}
      - {type: text, description: Orders are never deleted.}
      - {type: custom, engine: greatExpectations, implementation: {}}
    properties:
      - name: id
        primaryKey: true
        required: true
      - name: email
        logicalTypeOptions: {maxLength: 100}
        quality:
          - {metric: nullValues, mustBeLessThan: 1, unit: percent}
          - {metric: invalidValues, arguments: {pattern: '^[^@\s]+@[^@\s]+\.[^@\s]+$'}, mustBe: 0}
      - name: status
        quality:
          - {metric: invalidValues, arguments: {validValues: [new, paid]}, mustBeLessOrEqualTo: 0}
";

const SHORT: &str = r#"
checks for shop.orders:
  - row_count >= 11
  - unique(sku, created_at): {severity: warn}
  - sql: {query: "select count(*) from {table} where shipped_at < created_at", expect: "= 0"}
  - missing(id)
  - length(email) <= 100
  - missing(email) < 1%
  - regex(email): {pattern: '^[^@\s]+@[^@\s]+\.[^@\s]+$'}
  - in_set(status): {values: [new, paid]}
  - unique(id)
"#;

const FULL: &str = r#"
version: 1
defaults: {timeout: 30s}
checks:
  - {table: shop.orders, type: row_count, min: 11}
  - {table: shop.orders, type: unique, columns: [sku, created_at], severity: warn}
  - {table: shop.orders, type: sql, query: "select count(*) from {table} where shipped_at < created_at", expect: "= 0"}
  - {table: shop.orders, type: missing, column: id}
  - {table: shop.orders, type: length, column: email, max: 100}
  - {table: shop.orders, type: missing, column: email, max_failed: 0.99%}
  - {table: shop.orders, type: regex, column: email, pattern: '^[^@\s]+@[^@\s]+\.[^@\s]+$'}
  - {table: shop.orders, type: in_set, column: status, values: [new, paid]}
  - {table: shop.orders, type: unique, column: id}
"#;

#[tokio::test]
async fn the_three_forms_of_a_document_say_the_same() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let mut found: Vec<Vec<(Value, Value, Value)>> = Vec::new();
    for document in [CONTRACT, SHORT, FULL] {
        let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
        assert_eq!(
            (&answer["verdict"], &answer["total_checks"]),
            (&json!("fail"), &json!(9)),
            "{}",
            answer.text
        );
        let results = answer["checks"].as_array().unwrap();
        found.push(
            results
                .iter()
                .map(|check| (check["type"].clone(), check["verdict"].clone(), check["failed_rows"].clone()))
                .collect(),
        );
        let unmapped = answer["unmapped"].as_array().unwrap().len();
        assert_eq!(unmapped, if document == CONTRACT { 3 } else { 0 }, "{}", answer["unmapped"]);
    }
    let [contract, short, full] = found.as_slice() else { unreachable!() };
    assert_eq!(short, full);
    assert_eq!(short[1], (json!("unique"), json!("warn"), json!(2)));
    assert_eq!(short[5], (json!("missing"), json!("pass"), json!(3)));
    assert_eq!(short[7], (json!("in_set"), json!("fail"), json!(1)));
    let sorted = |checks: &[(Value, Value, Value)]| {
        let mut texts: Vec<String> = checks.iter().map(|check| format!("{check:?}")).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(contract), sorted(short));
}

#[tokio::test]
async fn documents_of_other_tools_are_mapped_or_said_not_to_be() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let dbt = r"
version: 2
models:
  - name: shop.orders
    tests:
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [sku, created_at]}
      - dbt_utils.expression_is_true: {expression: 'quantity < 10'}
      - dbt_expectations.expect_table_row_count_to_be_between: {min_value: 1, max_value: 5000}
      - my_own_test
    columns:
      - name: id
        tests: [unique, not_null]
      - name: email
        data_tests: [{not_null: {config: {severity: warn, where: 'id > 2'}}}]
      - name: status
        tests: [{accepted_values: {values: [new, paid]}}]
";
    let answer = client.call("run_quality_check", json!({ "document": dbt })).await.unwrap();
    let results: Vec<(&Value, &Value, Option<i64>)> = answer["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (&check["type"], &check["verdict"], check["failed_rows"].as_i64()))
        .collect();
    assert_eq!(results.len(), 7, "{}", answer.text);
    assert_eq!(
        results[0],
        (&json!("unique"), &json!("fail"), Some(1)),
        "groups, as dbt counts: {}",
        answer.text
    );
    assert_eq!(results[5], (&json!("missing"), &json!("warn"), Some(1)), "{}", answer.text);
    assert!(
        answer["unmapped"][0].as_str().unwrap().contains("my_own_test is not mapped"),
        "{}",
        answer["unmapped"]
    );

    let soda = r"
checks for shop.orders:
  - row_count > 10
  - missing_count(email) = 0
  - missing_percent(email) < 1%
  - duplicate_count(sku) = 0
  - invalid_count(status) = 0: {valid values: [new, paid]}
  - invalid_count(email) = 0: {valid format: email}
  - values in (id) must exist in shop.orders (id)
  - avg(quantity) between 1 and 9
  - missing_count(email) > 5
";
    let answer = client.call("run_quality_check", json!({ "document": soda })).await.unwrap();
    let failed: Vec<Option<i64>> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["failed_rows"].as_i64()).collect();
    assert_eq!(failed, [None, Some(3), Some(3), Some(1), Some(1), Some(0), Some(0), None], "{}", answer.text);
    assert_eq!(answer["unmapped"].as_array().unwrap().len(), 1);

    let suite = json!({ "expectation_suite_name": "orders", "expectations": [
        {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "email", "mostly": 0.99}},
        {"expectation_type": "expect_column_values_to_be_unique", "kwargs": {"column": "sku"}},
        {"expectation_type": "expect_column_values_to_be_between", "kwargs": {"column": "quantity", "min_value": 0, "max_value": 8}},
        {"expectation_type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "quantity"}},
    ]});
    let answer = client
        .call("run_quality_check", json!({ "document": suite.to_string(), "table": "shop.orders" }))
        .await
        .unwrap();
    let failed: Vec<Option<i64>> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["failed_rows"].as_i64()).collect();
    assert_eq!(
        failed,
        [Some(3), Some(3), Some(100)],
        "all rows of the groups, as GX counts: {}",
        answer.text
    );
    assert_eq!(answer["checks"][0]["verdict"], "pass");
    assert_eq!(answer["unmapped"].as_array().unwrap().len(), 1);
}

#[test]
fn the_schema_of_documents_takes_the_examples_and_refuses_mistakes() {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join("schemas/quality.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = |text: &str| -> Value { serde_saphyr::from_str(text).unwrap() };
    for good in [CONTRACT, SHORT, FULL] {
        assert!(validator.is_valid(&document(good)), "{good}");
    }
    for example in std::fs::read_dir(root.join("examples/quality")).unwrap() {
        let text = std::fs::read_to_string(example.unwrap().path()).unwrap();
        assert!(validator.is_valid(&document(&text)), "{text}");
    }
    for bad in [
        "checks for t: [{type: rnage, column: a}]",
        "checks for t: [{type: range, column: a, mn: 1}]",
        "check for t: [missing(a)]",
        "checks: missing(a)",
    ] {
        assert!(!validator.is_valid(&document(bad)), "{bad}");
    }
}

async fn quality(shop: &Database, document: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.yaml");
    std::fs::write(&path, document).unwrap();
    let dsn = shop.dsn();
    let mut arguments = vec!["--dsn", dsn.as_str(), "quality", "run", path.to_str().unwrap()];
    arguments.extend(more);
    pgwright(&arguments).output().await.unwrap()
}

#[tokio::test]
async fn the_command_line_exits_by_the_verdict_and_writes_junit() {
    let shop = Database::with(SHOP).await;
    for (document, code) in [
        ("checks for shop.orders: [missing(id), row_count > 0]", 0),
        ("checks for shop.orders: [{type: missing, column: email, severity: warn}]", 0),
        ("checks for shop.orders: [missing(email)]", 1),
        ("checks for shop.orders: [missing(emial)]", 3),
        ("checks for shop.orders: [mising(email)]", 2),
    ] {
        let output = quality(&shop, document, &[]).await;
        assert_eq!(output.status.code(), Some(code), "{document}: {output:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xml");
    let output = quality(&shop, SHORT, &["--junit", report.to_str().unwrap(), "--format", "json"]).await;
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((answer["verdict"].as_str(), output.status.code()), (Some("fail"), Some(1)));
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("tests=\"9\" failures=\"1\" errors=\"0\""), "{report}");
    assert!(report.contains("name=\"in_set(status)\"><failure message=\"1 row"), "{report}");

    let output = quality(&shop, SHORT, &["--max-cost", "1"]).await;
    assert!(String::from_utf8_lossy(&output.stderr).contains("too_costly"), "{output:?}");
    let output = quality(&shop, SHORT, &["--dry-run"]).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("-- cost "), "{text}");
}

/// Samples say how sure they are, and never that nothing is wrong.
#[tokio::test]
async fn a_sample_gives_an_interval_and_no_false_certainty() {
    let shop = Database::with(
        "create table t (id int, v int, w int);
         insert into t select g, case when g % 10 = 0 then null else g end, g from generate_series(1, 50000) g",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let answer = client
        .call(
            "run_quality_check",
            json!({ "table": "t", "sample": "10%", "checks": [
                {"type": "missing", "column": "v"},
                {"type": "missing", "column": "v", "max_failed": "20%"},
                {"type": "missing", "column": "v", "max_failed": "1%"},
                {"type": "missing", "column": "w"},
                {"type": "unique", "column": "w"},
                {"type": "row_count", "min": 50000, "max": 50000},
            ]}),
        )
        .await
        .unwrap();
    let verdicts: Vec<&str> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["fail", "pass", "fail", "unknown", "pass", "pass"], "{}", answer.text);
    assert_eq!(answer["checks"][1]["basis"], "sample");
    assert!(answer["checks"][1]["evidence"].as_str().unwrap().contains("95 % interval"), "{}", answer.text);
    assert_eq!(answer["checks"][4]["basis"], "scan");
    let read = answer["checks"][0]["total_rows"].as_i64().unwrap();
    assert!((4_000..6_000).contains(&read), "{read}");
}

#[tokio::test]
async fn failing_rows_are_copied_only_where_that_is_asked_for_and_allowed() {
    let shop = Database::with(SHOP).await;
    shop.execute("create table public.victim (id int)").await;
    let client = Client::stdio(&shop).await;
    let document = "checks for shop.orders:\n  - missing(email): {quarantine: shop.without_email}\n  \
        - unique(sku): {quarantine: shop.twice}\n  \
        - row_condition: {expression: \"status <> 'lost'\", quarantine: shop.lost}\n  \
        - row_condition: {name: evil, expression: \"true) as t; drop table public.victim; --\", quarantine: shop.evil}\n";
    let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
    assert_eq!(answer["checks"][0]["quarantine"]["done"], false);
    assert!(answer.text.contains("create table shop.without_email as"), "{}", answer.text);
    assert!(shop.value::<bool>("select to_regclass('shop.without_email') is null").await);

    let answer =
        client.call("run_quality_check", json!({ "document": document, "quarantine": true })).await.unwrap();
    for at in 0..3 {
        assert_eq!(answer["checks"][at]["quarantine"]["done"], true, "{}", answer["checks"][at]);
    }
    assert_eq!(shop.value::<i64>("select count(*) from shop.without_email").await, 3);
    assert_eq!(shop.value::<i64>("select count(*) from shop.twice").await, 3, "all rows of the groups");
    assert_eq!(shop.value::<i64>("select count(*) from shop.lost where status = 'lost'").await, 1);
    assert_eq!(shop.value::<i64>("select count(*) from public.victim").await, 0, "it is there");
    let again =
        client.call("run_quality_check", json!({ "document": document, "quarantine": true })).await.unwrap();
    assert!(again["checks"][0]["quarantine"]["refused"].as_str().unwrap().contains("already exists"));

    let closed = format!("databases:\n  shop: {{dsn: \"{}\", allow: read_data}}\n", shop.dsn());
    let client = Client::configured(&closed).await;
    let refused = client
        .call("run_quality_check", json!({ "document": document, "quarantine": true }))
        .await
        .unwrap_err();
    assert_eq!(refused.error["code"], "refused_by_policy");
}
