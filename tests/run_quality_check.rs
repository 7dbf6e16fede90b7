//! `run_quality_check`: every count is held against what plain SQL says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{Answer, Client, Database, Era, Failure, NEWER, OLDER};

const ORDERS: &str = r#"
    create schema shop;
    create table shop.customers (id int primary key);
    insert into shop.customers select generate_series(1, 500);
    create table shop.regions (code text);
    insert into shop.regions values ('DE'), ('DE'), ('CH');
    create table shop.orders (
        id bigint primary key, customer_id int, region text, email text, sku text, status text, code char(6),
        quantity int, price numeric, weight float8, created_at timestamptz
    );
    insert into shop.orders
    select g, g % 500 + 1, 'DE', 'user' || g || '@example.org', 'AB-' || g, (array['new', 'paid'])[g % 2 + 1], 'x' || g % 10,
           g % 100, g / 100.0, g, now() - interval '2 hours'
    from generate_series(1, 10000) g;
    update shop.orders set email = null where id % 1000 = 0;
    update shop.orders set email = 'nobody' where id in (5, 6);
    update shop.orders set sku = 'AB-1' where id in (2, 3, 5000);
    update shop.orders set sku = 'AB-8' where id = 9;
    update shop.orders set status = 'lost' where id in (30, 31, 32);
    update shop.orders set quantity = -5 where id in (11, 12);
    update shop.orders set quantity = 999 where id = 13;
    update shop.orders set customer_id = 9999 where id in (40, 41);
    update shop.orders set customer_id = null where id = 42;
    update shop.orders set region = 'ZZ' where id in (50, 51, 52, 53);
"#;

async fn run(client: &Client, table: &str, checks: Value) -> Answer {
    client.call("run_quality_check", json!({ "table": table, "checks": checks })).await.unwrap()
}

async fn refused(client: &Client, input: Value) -> Failure {
    client.call("run_quality_check", input).await.unwrap_err()
}

/// The verdict of a run of one check, with its failing rows.
async fn one(client: &Client, table: &str, check: Value) -> (String, Option<i64>, Value) {
    let answer = run(client, table, json!([check])).await;
    let check = answer["checks"][0].clone();
    (check["verdict"].as_str().unwrap().to_owned(), check["failed_rows"].as_i64(), check)
}

#[tokio::test]
async fn planted_defects_are_counted_as_plain_sql_counts_them() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        shop.execute(ORDERS).await;
        let client = Client::stdio(&shop).await;
        let document = r"
checks for shop.orders:
  - row_count between 10000 and 10000
  - missing(email)
  - unique(sku)
  - in_set(status): {values: [new, paid]}
  - range(quantity): {min: 0, max: 100}
  - regex(email): {pattern: '^[^@\s]+@[^@\s]+$'}
  - references(customer_id): {references: shop.customers(id)}
  - references(region): {references: shop.regions(code)}
  - freshness(created_at) < 1d
  - missing(id)
  - missing(email) <= 1%
";
        let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
        let count = async |filter: &str| {
            shop.value::<i64>(&format!("select count(*) from shop.orders o where {filter}")).await
        };
        let expected = [
            ("row_count", "pass", None),
            ("missing", "fail", Some(count("email is null").await)),
            (
                "unique",
                "fail",
                Some(shop.value("select count(sku) - count(distinct sku) from shop.orders").await),
            ),
            ("in_set", "fail", Some(count("status = 'lost'").await)),
            ("range", "fail", Some(count("quantity not between 0 and 100").await)),
            ("regex", "fail", Some(count("email = 'nobody'").await)),
            ("references", "fail", Some(count("customer_id not in (select id from shop.customers)").await)),
            ("references", "fail", Some(count("region not in (select code from shop.regions)").await)),
            ("freshness", "pass", None),
            ("missing", "pass", Some(0)),
            ("missing", "pass", Some(count("email is null").await)),
        ];
        for (check, (kind, verdict, failed)) in answer["checks"].as_array().unwrap().iter().zip(expected) {
            assert_eq!(check["type"], kind);
            assert_eq!(check["verdict"], verdict, "PostgreSQL {major}: {check}");
            assert_eq!(check["failed_rows"].as_i64(), failed, "PostgreSQL {major}: {check}");
        }
        assert_eq!(answer["checks"].as_array().unwrap().len(), 11);
        assert_eq!(answer["verdict"], "fail");
        assert_eq!(answer["checks"][9]["basis"], "constraint");
        assert_eq!(answer["checks"][1]["failed_ratio"], 0.001);
        // The shared scan, and the foreign key to a parent without a key.
        assert_eq!(answer["scans"], 2);
        // A sample of each check in which rows fail; the exact count of the duplicates comes with theirs.
        assert_eq!(answer["follow_ups"], 8);
        assert!(
            answer.text.starts_with("7 of 11 checks fail on shop.orders (10,000 rows, 2 scans)"),
            "{}",
            answer.text
        );
        let sampled: BTreeSet<&str> = answer["checks"][4]["sample"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        assert_eq!(sampled, BTreeSet::from(["11", "12", "13"]));
    }
}

#[tokio::test]
async fn aggregate_checks_of_a_table_share_one_scan() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    let answer = run(
        &client,
        "shop.orders",
        json!([
            {"type": "not_null", "column": "status"},
            {"type": "unique", "column": "weight"},
            {"type": "unique", "columns": ["sku", "email"]},
            {"type": "range", "column": "price", "min": 0},
            {"type": "foreign_key", "column": "customer_id", "references": "shop.customers(id)", "max_failed": 10},
            {"type": "row_count", "min": 1},
        ]),
    )
    .await;
    assert_eq!(answer["scans"], 1, "{}", answer.text);
    assert_eq!(answer["tables"][0], json!({"name": "shop.orders", "total_rows": 10000}));
    let progress = client.progress();
    assert!(
        progress.iter().any(|report| report.message.as_deref() == Some("scan 1 of 1 on shop.orders")),
        "{progress:?}"
    );
}

#[tokio::test]
async fn duplicates_are_surplus_rows_with_their_groups_beside() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        shop.execute(
            "create table pairs (id int primary key, a text, b numeric, c float8, d json, e date);
             insert into pairs values
                 (1, 'x', 1.0, 0.0, '{}', '2024-01-01'), (2, 'x', 1.00, -0.0, '{}', '2024-01-01'),
                 (3, 'x', 1.000, 'NaN', '{ }', 'infinity'), (4, 'x', 2, 'NaN', null, 'infinity'),
                 (5, 'x', null, 5, null, '2024-01-05'), (6, 'x', null, 6, null, '2024-01-06'),
                 (7, null, 1, 7, null, '2024-01-07'), (8, 'y', 1, 8, null, '2024-01-08');",
        )
        .await;
        let client = Client::stdio(&shop).await;
        let unique = async |columns: &[&str]| {
            let (_, failed, check) =
                one(&client, "pairs", json!({"type": "unique", "columns": columns})).await;
            (failed.unwrap(), check["repeated_values"].as_i64(), check["repeated_rows"].as_i64())
        };
        let plain = shop.value::<i64>(
            "select sum(n - 1)::int8 from (select count(*) n from pairs where a is not null and b is not null group by a, b) g",
        );
        assert_eq!(unique(&["a", "b"]).await, (plain.await, Some(1), Some(3)), "1.0 and 1.00 are one number");
        assert_eq!(unique(&["c"]).await, (2, Some(2), Some(4)), "0.0 is -0.0, NaN is NaN");
        assert_eq!(unique(&["d"]).await, (1, Some(1), Some(2)), "json has no equality, its text has");
        assert_eq!(unique(&["e"]).await, (2, Some(2), Some(4)));
        assert_eq!(unique(&["a", "e"]).await.0, 2);
        assert_eq!(unique(&["a", "id"]).await, (0, None, None), "proven by the primary key");
    }
}

#[tokio::test]
async fn infinity_and_nan_are_values_like_others() {
    let shop = Database::with(
        "create table t (id int primary key, f float8, n numeric, at timestamptz, i int8);
         insert into t values
             (1, 1, 1, now() - interval '1 hour', 9223372036854775807), (2, 'infinity', 2, 'infinity', 0),
             (3, '-infinity', 3, '-infinity', 0), (4, 'NaN', 'NaN', now() + interval '10 years', 0),
             (5, null, 123456789012345678901234567890.5, null, null);",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let failed = async |check: Value| one(&client, "t", check).await;
    assert_eq!(
        failed(json!({"type": "range", "column": "f", "min": 0})).await.1,
        Some(2),
        "-infinity and NaN"
    );
    assert_eq!(failed(json!({"type": "range", "column": "f", "min": 0, "max": 10})).await.1, Some(3));
    let exact = json!({"type": "range", "column": "n", "max": "123456789012345678901234567890.4"});
    assert_eq!(failed(exact).await.1, Some(2), "no digit is lost");
    let exact = json!({"type": "range", "column": "n", "max": "123456789012345678901234567890.5"});
    assert_eq!(failed(exact).await.1, Some(1));
    assert_eq!(
        failed(json!({"type": "range", "column": "i", "max": "9223372036854775806"})).await.1,
        Some(1)
    );
    assert_eq!(failed(json!({"type": "range", "column": "i", "max": 0.5})).await.1, Some(1));
    let (verdict, _, fresh) = failed(json!({"type": "freshness", "column": "at", "max_age": "2h"})).await;
    assert_eq!(verdict, "pass", "{fresh}");
    assert!(fresh["evidence"].as_str().unwrap().contains("2 rows in the future left out"), "{fresh}");
    let (verdict, _, stale) = failed(json!({"type": "freshness", "column": "at", "max_age": "30m"})).await;
    assert_eq!(verdict, "fail", "{stale}");
}

#[tokio::test]
async fn nothing_is_known_of_an_empty_table_but_its_emptiness() {
    let shop = Database::with("create table t (a text, at timestamptz)").await;
    let client = Client::stdio(&shop).await;
    let answer = run(
        &client,
        "t",
        json!([
            {"type": "freshness", "column": "at", "max_age": "1d"},
            {"type": "not_null", "column": "a", "max_failed": "1%"},
            {"type": "row_count", "min": 1},
            {"type": "regex", "column": "a", "pattern": "("},
        ]),
    )
    .await;
    let verdicts: Vec<&str> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["verdict"].as_str().unwrap()).collect();
    assert_eq!(
        verdicts,
        ["unknown", "pass", "fail", "error"],
        "an unreadable pattern is no pass, rows or not"
    );
}

#[tokio::test]
async fn bad_checks_leave_the_good_ones_as_they_are() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    let good = json!([
        {"type": "not_null", "column": "email"},
        {"type": "accepted_values", "column": "status", "values": ["new", "paid"]},
        {"type": "range", "column": "quantity", "min": 0, "max": 100},
        {"type": "unique", "column": "sku"},
        {"type": "foreign_key", "column": "customer_id", "references": "shop.customers(id)"},
    ]);
    let bad = [
        (json!({"type": "not_null", "column": "emial"}), "nearest: email"),
        (json!({"type": "regex", "column": "email", "pattern": "(unclosed"}), "parentheses () not balanced"),
        (json!({"type": "regex", "column": "quantity", "pattern": "1"}), "a pattern reads text"),
        (json!({"type": "range", "column": "weight", "max": "1e400"}), "out of range"),
        (json!({"type": "range", "column": "created_at", "min": "yesteryear"}), "invalid input syntax"),
        (json!({"type": "range", "column": "quantity", "min": "many"}), "many is no number"),
        (json!({"type": "accepted_values", "column": "quantity", "values": [true]}), "boolean"),
        (
            json!({"type": "foreign_key", "column": "email", "references": "shop.customers(id)"}),
            "operator does not exist",
        ),
        (
            json!({"type": "foreign_key", "column": "customer_id", "references": "shop.customer(id)"}),
            "nearest: shop.customers",
        ),
        (
            json!({"type": "foreign_key", "column": "customer_id", "references": "shop.customers(nr)"}),
            "no column nr",
        ),
        (json!({"type": "freshness", "column": "price", "max_age": "1d"}), "date or a timestamp"),
    ];
    let alone = run(&client, "shop.orders", good.clone()).await;
    let mut mixed: Vec<Value> = bad.iter().map(|(check, _)| check.clone()).collect();
    mixed.extend(good.as_array().unwrap().iter().cloned());
    let answer = run(&client, "shop.orders", Value::Array(mixed)).await;
    let checks = answer["checks"].as_array().unwrap();
    for (check, (_, reason)) in checks.iter().zip(&bad) {
        assert_eq!(check["verdict"], "error", "{check}");
        assert!(check["evidence"].as_str().unwrap().contains(reason), "{reason}: {check}");
    }
    for (mixed, alone) in checks[bad.len()..].iter().zip(alone["checks"].as_array().unwrap()) {
        for key in ["name", "verdict", "failed_rows", "total_rows", "evidence"] {
            assert_eq!(mixed[key], alone[key]);
        }
    }
    assert_eq!(answer["scans"], alone["scans"], "the good ones stay together in one scan");
}

#[tokio::test]
async fn a_check_that_fails_only_on_the_data_costs_only_itself() {
    let shop = Database::with(
        "create view v as
         select g as id, g as n, case when 1 / (g - 77) <= 1 then g end as trap from generate_series(1, 100) g;",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let answer = run(
        &client,
        "v",
        json!([
            {"type": "not_null", "column": "n"},
            {"type": "not_null", "column": "trap"},
            {"type": "range", "column": "n", "max": 90},
        ]),
    )
    .await;
    assert_eq!(answer["checks"][0]["verdict"], "pass", "{}", answer.text);
    assert_eq!(answer["checks"][1]["verdict"], "error", "{}", answer.text);
    assert_eq!(answer["checks"][2]["failed_rows"], 10, "{}", answer.text);
}

#[tokio::test]
async fn all_statements_of_a_run_see_one_moment() {
    let shop = Arc::new(
        Database::with(
            "create table parents (id int); create table t (id int);
             insert into t select case when g % 3 > 0 then g end from generate_series(1, 30000) g;",
        )
        .await,
    );
    let over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (shop, over) = (Arc::clone(&shop), Arc::clone(&over));
        async move {
            while !over.load(Ordering::Relaxed) {
                shop.execute("insert into t values (1), (null), (2)").await;
                shop.execute("delete from t where ctid = (select min(ctid) from t)").await;
            }
        }
    });
    let client = Client::stdio(&shop).await;
    let mut totals = BTreeSet::new();
    let mut runs = 0;
    // Orphans are counted by a statement of their own; with the NULLs of the shared one they are all rows.
    while runs < 50 || totals.len() < 20 {
        runs += 1;
        let answer = run(
            &client,
            "t",
            json!([
                {"type": "not_null", "column": "id"},
                {"type": "foreign_key", "column": "id", "references": "parents(id)"},
            ]),
        )
        .await;
        let count = |at: usize| answer["checks"][at]["failed_rows"].as_i64().unwrap();
        let total = answer["tables"][0]["total_rows"].as_i64().unwrap();
        assert_eq!(answer["scans"], 2);
        assert_eq!(count(0) + count(1), total);
        totals.insert(total);
    }
    over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

#[tokio::test]
async fn names_values_and_patterns_are_data() {
    let shop = Database::with(
        r#"create schema "s""x";
           create table "s""x"."t'; drop table victim; --" (id int primary key, "c"") from victim; --" text, "select" text);
           insert into "s""x"."t'; drop table victim; --" values
               (1, 'a''b\', '; drop table victim; --'), (2, 'plain', 'x'), (3, E'\'\'', '$1');
           create table victim (id int primary key);"#,
    )
    .await;
    let client = Client::stdio(&shop).await;
    let table = r#""s""x"."t'; drop table victim; --""#;
    let column = "c\") from victim; --";
    let hostile = json!(["a'b\\", "'); drop table victim; --", "$$", "\\'", "''"]);
    let answer = run(
        &client,
        table,
        json!([
            {"type": "accepted_values", "column": column, "values": hostile},
            {"type": "not_null", "column": column},
            {"type": "unique", "columns": [column, "select"], "name": "'; drop table victim; --\u{1b}[31m"},
            {"type": "regex", "column": "select", "pattern": "'; drop table victim; --|\\$1|x"},
            {"type": "range", "column": column, "min": "'; drop table victim; --"},
            {"type": "foreign_key", "column": "id", "references": format!("{table}(id)")},
            {"type": "foreign_key", "column": column, "references": format!("{table}(\"select\")")},
        ]),
    )
    .await;
    let failed: Vec<Option<i64>> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["failed_rows"].as_i64()).collect();
    assert_eq!(failed[..4], [Some(1), Some(0), Some(0), Some(1)], "{}", answer.text);
    assert_eq!(failed[5..], [Some(0), Some(3)], "{}", answer.text);
    assert!(!answer.text.contains('\u{1b}'));
    assert!(shop.value::<bool>("select to_regclass('victim') is not null").await);
    let answer = client
        .call(
            "run_quality_check",
            json!({"table": table, "checks": [{"type": "not_null", "column": "x\"; drop table victim; --"}]}),
        )
        .await
        .unwrap();
    assert_eq!(answer["checks"][0]["verdict"], "error");
}

#[tokio::test]
async fn the_catalogue_is_believed_where_it_is_sound_and_only_there() {
    let shop = Database::with(
        "create table parents (id int primary key);
         insert into parents values (1);
         create table t (id int primary key, a int not null, b int, c int, p int references parents, q int, u int unique);
         insert into t values (1, 1, 1, 1, 1, 9, 1), (2, 1, 1, 1, 1, 1, null);
         create unique index on t (b) where b > 100;
         create unique index on t ((c + id));
         alter table t add foreign key (q) references parents not valid;
         create table base (id int primary key, a int not null);
         create table child () inherits (base);
         insert into base values (1, 1);
         insert into child values (1, 1);",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let proven = json!([
        {"type": "not_null", "column": "a"},
        {"type": "unique", "columns": ["a", "id"]},
        {"type": "unique", "column": "u"},
        {"type": "foreign_key", "column": "p", "references": "parents(id)"},
    ]);
    let answer = run(&client, "t", proven.clone()).await;
    assert_eq!((&answer["scans"], &answer["verdict"]), (&json!(0), &json!("pass")), "{}", answer.text);
    assert!(answer["checks"].as_array().unwrap().iter().all(|check| check["basis"] == "constraint"));

    let mut doubted = proven;
    doubted.as_array_mut().unwrap().iter_mut().for_each(|check| check["prove"] = json!(false));
    let answer = run(&client, "t", doubted).await;
    assert_eq!((&answer["scans"], &answer["verdict"]), (&json!(1), &json!("pass")), "{}", answer.text);
    assert!(answer["checks"].as_array().unwrap().iter().all(|check| check["basis"] == "scan"));

    for (table, check, failed) in [
        ("t", json!({"type": "unique", "column": "b"}), 1),
        ("t", json!({"type": "unique", "column": "c"}), 1),
        ("t", json!({"type": "not_null", "column": "u"}), 1),
        ("t", json!({"type": "foreign_key", "column": "q", "references": "parents(id)"}), 1),
        ("base", json!({"type": "unique", "column": "id"}), 1),
    ] {
        let (verdict, found, answer) = one(&client, table, check).await;
        assert_eq!(
            (verdict.as_str(), found, &answer["basis"]),
            ("fail", Some(failed), &json!("scan")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn samples_name_the_row_and_stay_small() {
    let shop = Database::with(
        "create table keyed (v text, k2 int, k1 int, secret text, primary key (k1, k2));
         insert into keyed select repeat('y', 10000000), g, 7, 'secret' from generate_series(1, 12) g;
         create table unkeyed (v text);
         insert into unkeyed values (null);
         create table parts (v text) partition by list (v);
         create table parts_rest partition of parts default;
         insert into parts values (null);
         create view seen as select v from unkeyed;",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let regex = json!([{"type": "regex", "column": "v", "pattern": "^x"}]);
    let answer = run(&client, "keyed", regex).await;
    let sample = answer["checks"][0]["sample"].as_array().unwrap();
    assert_eq!(sample.len(), 10);
    let columns: Vec<&String> = sample[0].as_object().unwrap().keys().collect();
    assert_eq!(columns, ["k1", "k2", "v"], "the primary key first, then only what was checked");
    assert!(sample[0]["v"].as_str().unwrap().chars().count() <= 81);
    assert!(answer.structured.to_string().len() < 64 * 1024);

    let missing = json!([{"type": "not_null", "column": "v"}]);
    let answer = run(&client, "unkeyed", missing.clone()).await;
    assert_eq!(answer["checks"][0]["sample"], json!([{"ctid": "(0,1)", "v": null}]));
    let answer = run(&client, "parts", missing.clone()).await;
    assert_eq!(answer["checks"][0]["sample"], json!([{"ctid": "parts_rest(0,1)", "v": null}]));
    let answer = run(&client, "seen", missing).await;
    assert_eq!(answer["checks"][0]["sample"], json!([{"v": null}]));
}

#[tokio::test]
async fn thresholds_and_severity_decide_the_verdict() {
    let shop = Database::with(
        "create table t (v int); insert into t select nullif(g % 10, 0) from generate_series(1, 100) g",
    )
    .await;
    let client = Client::stdio(&shop).await;
    for (options, verdict) in [
        (json!({}), "fail"),
        (json!({"max_failed": 10}), "pass"),
        (json!({"max_failed": 9}), "fail"),
        (json!({"max_failed": "10%"}), "pass"),
        (json!({"max_failed": "9.9%"}), "fail"),
        (json!({"severity": "warn"}), "warn"),
        (json!({"severity": "warn", "max_failed": "50%"}), "pass"),
    ] {
        let mut check = json!({"type": "not_null", "column": "v"});
        check.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let answer = run(&client, "t", json!([check])).await;
        assert_eq!(answer["verdict"], verdict, "{options}");
    }
    let answer = client
        .call("run_quality_check", json!({"table": "t", "document": "checks: [missing(v) < 10%]"}))
        .await
        .unwrap();
    assert_eq!(answer["verdict"], "fail", "10 % is not below 10 %");
}

#[tokio::test]
async fn a_dry_run_shows_the_statements_and_reads_no_row() {
    let shop =
        Database::with("create table t (id int primary key, v text); insert into t values (1, null)").await;
    let role = format!("{}_without_rights", shop.name());
    shop.execute(&format!("create role {role} login")).await;
    let client = Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], Era::Stateless).await;
    let mut input = json!({"table": "t", "dry_run": true, "checks": [
        {"type": "not_null", "column": "id"}, {"type": "not_null", "column": "v"}, {"type": "not_null", "column": "w"},
    ]});
    let answer = client.call("run_quality_check", input.clone()).await.unwrap();
    let verdicts: Vec<&Value> =
        answer["checks"].as_array().unwrap().iter().map(|check| &check["verdict"]).collect();
    assert_eq!(verdicts, ["pass", "unknown", "error"]);
    assert_eq!(answer["scans"], 1);
    let statement = answer["statements"][0].as_str().unwrap();
    assert!(statement.contains("from public.t as t"), "{statement}");
    let planned: i64 = shop.value(&format!("select count(*) from ({statement}) s")).await;
    assert_eq!(planned, 1, "the statement shown is one that runs");

    input["dry_run"] = json!(false);
    let answer = client.call("run_quality_check", input).await.unwrap();
    assert_eq!(answer["checks"][1]["verdict"], "error");
    assert!(
        answer["checks"][1]["evidence"].as_str().unwrap().contains("permission denied"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn row_security_is_said() {
    let shop = Database::with("create table t (v int); alter table t enable row level security").await;
    let client = Client::stdio(&shop).await;
    let answer = run(&client, "t", json!([{"type": "not_null", "column": "v"}])).await;
    assert!(
        answer["notes"][0].as_str().unwrap().contains("row security is on for public.t"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_parent_whose_rows_may_be_hidden_leaves_a_failure_unknown() {
    let shop = Database::with(
        "create table parents (id int primary key); create table children (parent int);
         insert into parents values (1), (2); insert into children values (1), (2);
         alter table parents enable row level security;
         create policy only_one on parents using (id = 1)",
    )
    .await;
    let role = format!("{}_reader_of_some", shop.name());
    shop.execute(&format!("create role {role} login; grant select on parents, children to {role}")).await;
    let check = json!([{"type": "foreign_key", "column": "parent", "references": "parents(id)"}]);
    let owner = Client::stdio(&shop).await;
    assert_eq!(run(&owner, "children", check.clone()).await["verdict"], "pass");
    let reader = Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], Era::Stateless).await;
    let answer = run(&reader, "children", check.clone()).await;
    assert_eq!(answer["verdict"], "unknown", "{}", answer.text);
    assert_eq!(answer["checks"][0]["failed_rows"], 1);
    let hidden = "row security may hide rows of public.parents";
    assert!(answer["checks"][0]["evidence"].as_str().unwrap().contains(hidden), "{}", answer.text);
    assert!(answer["notes"][0].as_str().unwrap().contains(hidden), "{}", answer.text);
    shop.execute("delete from children where parent = 2").await;
    assert_eq!(run(&reader, "children", check).await["verdict"], "pass");
}

#[tokio::test]
async fn a_parent_of_another_type_repeats_no_row() {
    let shop = Database::with(
        "create table parents (id numeric primary key); create table children (parent float8, note text);
         insert into parents values (9007199254740992), (9007199254740993);
         insert into children values (9007199254740992, null), (1, 'x')",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let answer = run(
        &client,
        "children",
        json!([
            {"type": "foreign_key", "column": "parent", "references": "parents(id)"},
            {"type": "not_null", "column": "note"},
            {"type": "row_count", "min": 2, "max": 2},
        ]),
    )
    .await;
    let failed: Vec<_> = (0..2).map(|at| answer["checks"][at]["failed_rows"].as_i64()).collect();
    assert_eq!(failed, [Some(1), Some(1)], "{}", answer.text);
    assert_eq!(answer["checks"][2]["verdict"], "pass", "{}", answer.text);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_its_place() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    let document = async |text: &str| refused(&client, json!({ "document": text })).await;

    let failure =
        document("checks for shop.orders:\n  - missing(email)\n  - range(quantity): {mn: 1}\n").await;
    assert_eq!(failure.error["code"], "invalid_document");
    assert!(failure.text.contains("line 3, column 23: unknown key mn"), "{}", failure.text);
    assert!(failure.text.contains("did you mean min?"), "{}", failure.text);

    let failure = document("checks for shop.orders:\n  - in_set(region): {values: [DE, NO]}\n").await;
    assert!(failure.text.contains("line 2, column 35: YAML reads NO as a boolean"), "{}", failure.text);

    let failure = document("checks for shop.orders:\n  - missing(email)\n - unique(sku)\n").await;
    assert!(failure.text.contains("line 3"), "{}", failure.text);

    let failure =
        refused(&client, json!({"table": "shop.orderz", "checks": [{"type": "not_null", "column": "id"}]}))
            .await;
    assert_eq!(failure.error["code"], "42P01");
    assert!(failure.text.contains("nearest: shop.orders"), "{}", failure.text);

    let failure = refused(&client, json!({"table": "t", "checks": [{"type": "uniq", "column": "id"}]})).await;
    assert_eq!(failure.error["code"], "invalid_arguments");
    assert!(failure.text.contains("did you mean unique?"), "{}", failure.text);

    let failure = refused(&client, json!({"checks": [{"type": "row_count", "min": 1}]})).await;
    assert!(failure.text.contains("without table"), "{}", failure.text);
    let failure = refused(&client, json!({})).await;
    assert!(failure.text.contains("no checks are given"), "{}", failure.text);
}

#[tokio::test]
async fn a_document_may_check_several_tables_and_one_may_be_missing() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    let document = "checks for shop.customers: [row_count = 500]\nchecks for shop.nowhere: [row_count > 0]\n";
    let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
    assert_eq!(answer["checks"][0]["verdict"], "pass");
    assert_eq!(answer["checks"][1]["verdict"], "error");
    assert_eq!(answer["verdict"], "error");
}

#[tokio::test]
async fn files_are_read_under_the_configured_directories_only() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let document = "checks for t: [row_count = 0]\n";
    std::fs::write(inside.join("quality.yaml"), document).unwrap();
    std::fs::write(folder.path().join("outside.yaml"), document).unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside.yaml"), inside.join("link.yaml")).unwrap();
    let shop = Database::with("create table t (v int)").await;
    let client = Client::with(&shop, Era::Sessions, &["--files", inside.to_str().unwrap()]).await;

    let answer = client.call("run_quality_check", json!({"file": "quality.yaml"})).await.unwrap();
    assert_eq!(answer["verdict"], "pass");
    let absolute = folder.path().join("outside.yaml");
    for file in
        ["../outside.yaml", "link.yaml", absolute.to_str().unwrap(), "/etc/passwd", "missing.yaml", "."]
    {
        let failure = refused(&client, json!({ "file": file })).await;
        assert_eq!(failure.error["code"], "file_refused", "{file}");
    }
    std::fs::write(inside.join("broken.yaml"), "checks for t:\n  - uniq(v)\n").unwrap();
    let failure = refused(&client, json!({"file": "broken.yaml"})).await;
    assert!(failure.text.contains("broken.yaml: line 2, column 5"), "{}", failure.text);
}

#[tokio::test]
async fn a_cancelled_run_leaves_no_query_behind() {
    let shop = Database::with(
        "create table t (v text); insert into t select repeat('a', 3000) || 'b' from generate_series(1, 100)",
    )
    .await;
    let client = Client::stdio(&shop).await;
    // 3,000 is even: every split is tried, and none fits.
    let endless = json!({"table": "t", "checks": [
        {"type": "regex", "column": "v", "pattern": "^(a*)(a*)(a*)\\1\\2\\3ab$"},
    ]});
    let call = client.start("run_quality_check", endless).await;
    shop.until_active("from public.t as t").await;
    call.cancel().await;
    shop.until_idle("from public.t as t").await;
    let answer = run(&client, "t", json!([{"type": "row_count", "min": 1}])).await;
    assert_eq!(answer["verdict"], "pass", "the server goes on");
}

#[tokio::test]
async fn values_are_compared_as_their_column_compares_them() {
    let shop = Database::with(
        r#"create type mood as enum ('glad', 'sad');
           create domain share as numeric check (value <= 1);
           create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
           create table t (
               id int primary key, code char(5), m mood, s share, f4 float4, b bool, j jsonb, tags text[], name text collate any_case,
               "order" text, doubled int generated always as (id * 2) stored, boss int, u uuid
           );
           insert into t (id, code, m, s, f4, b, j, tags, name, "order", boss, u) values
               (1, 'ab', 'glad', 0.1, 0.1, true, '{"a": 1, "b": 2}', '{a}', 'Ann', 'x', null, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
               (2, 'ab ', 'sad', 0.10, 0.2, false, '{"b": 2, "a": 1}', '{a}', 'ann', 'X', 1, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'),
               (3, 'cd', null, 1, 'NaN', null, '[]', '{b}', E'e\u0301', 'y', 99, null);"#,
    )
    .await;
    let client = Client::stdio(&shop).await;
    for (check, expected) in [
        (json!({"type": "unique", "column": "code"}), 1),
        (json!({"type": "accepted_values", "column": "code", "values": ["ab", "cd  "]}), 0),
        (json!({"type": "regex", "column": "code", "pattern": "^..$"}), 0),
        (json!({"type": "accepted_values", "column": "m", "values": ["glad"]}), 1),
        (json!({"type": "regex", "column": "m", "pattern": "ad$"}), 0),
        (json!({"type": "unique", "column": "s"}), 1),
        (json!({"type": "accepted_values", "column": "s", "values": [0.1, 1]}), 0),
        (json!({"type": "accepted_values", "column": "f4", "values": [0.1, 0.2, "NaN"]}), 0),
        (json!({"type": "accepted_values", "column": "b", "values": [true]}), 1),
        (json!({"type": "unique", "column": "j"}), 1),
        (json!({"type": "unique", "columns": ["tags", "j"]}), 1),
        (json!({"type": "unique", "column": "name"}), 1),
        (json!({"type": "unique", "columns": ["name", "code"]}), 1),
        (json!({"type": "unique", "column": "order"}), 0),
        (json!({"type": "range", "column": "doubled", "max": 4}), 1),
        (json!({"type": "foreign_key", "column": "boss", "references": "t(id)"}), 1),
        (json!({"type": "foreign_key", "columns": ["boss", "order"], "references": "t(id, \"order\")"}), 2),
        (json!({"type": "unique", "column": "u"}), 1),
        (json!({"type": "range", "column": "m", "max": "glad"}), 1),
    ] {
        let (verdict, failed, answer) = one(&client, "t", check).await;
        assert_eq!(failed, Some(expected), "{answer}");
        assert_eq!(verdict == "pass", expected == 0, "{answer}");
    }
}

#[tokio::test]
async fn a_table_of_very_many_columns_is_checked() {
    let shop = Database::new().await;
    let columns: Vec<String> = (0..1_600).map(|at| format!("c{at} bool")).collect();
    shop.execute(&format!("create table wide ({}); insert into wide (c0) values (true)", columns.join(", ")))
        .await;
    let client = Client::stdio(&shop).await;
    let checks: Vec<Value> =
        (0..1_600).map(|at| json!({"type": "not_null", "column": format!("c{at}")})).collect();
    let answer = run(&client, "wide", Value::Array(checks)).await;
    assert!(answer.text.starts_with("1599 of 1600 checks fail"), "{}", answer.text);
    let shown = answer["checks"].as_array().unwrap().len() as u64;
    assert_eq!(shown + answer["omitted_checks"].as_u64().unwrap(), 1_600);
}

#[tokio::test]
async fn a_catastrophic_pattern_ends_in_its_timeout_and_costs_only_itself() {
    let shop = Database::with(
        "create table t (v text); insert into t select repeat('a', 3000) || 'b' from generate_series(1, 100)",
    )
    .await;
    let limits = "limits: {statement_ms: 3000}";
    let config = format!("databases:\n  shop: {{dsn: \"{}\", {limits}}}\n", shop.dsn());
    let client = Client::configured(&config).await;
    let answer = run(
        &client,
        "t",
        json!([
            {"type": "not_null", "column": "v"},
            {"type": "regex", "column": "v", "pattern": "^(a*)(a*)(a*)\\1\\2\\3ab$"},
            {"type": "regex", "column": "v", "pattern": "^a"},
            {"type": "unique", "column": "v"},
        ]),
    )
    .await;
    let verdicts: Vec<&str> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["pass", "error", "pass", "fail"], "{}", answer.text);
    assert!(
        answer["checks"][1]["evidence"].as_str().unwrap().contains("statement_timeout"),
        "{}",
        answer.text
    );
    assert_eq!(shop.active_queries("from public.t as t").await, 0);
}

#[tokio::test]
async fn bands_warn_before_they_fail() {
    let shop = Database::with(
        "create table t (v int); insert into t select nullif(g % 10, 0) from generate_series(1, 100) g",
    )
    .await;
    let client = Client::stdio(&shop).await;
    for (bands, verdict) in [
        ("warn: '> 0', fail: '> 10%'", "warn"),
        ("warn: '>= 11', fail: '> 50'", "pass"),
        ("warn: '> 0', fail: '>= 10%'", "fail"),
        ("warn: '> 0'", "warn"),
    ] {
        let document = format!("checks for t:\n  - missing(v): {{{bands}}}\n");
        let answer = client.call("run_quality_check", json!({ "document": document })).await.unwrap();
        assert_eq!(answer["verdict"], verdict, "{bands}");
    }
}

/// PostgreSQL keeps a constraint for each referenced partition; none of them alone says anything about a row.
#[tokio::test]
async fn a_key_to_a_partitioned_table_proves_nothing_about_one_partition() {
    let shop = Database::with(
        "create table parent (id int primary key) partition by range (id);
         create table p1 partition of parent for values from (0) to (100);
         create table p2 partition of parent for values from (100) to (200);
         insert into parent values (1), (150);
         create table child (pid int references parent (id));
         insert into child values (1), (150);",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let check = |parent: &str| {
        json!({ "table": "child", "checks": [
        { "type": "foreign_key", "column": "pid", "references": format!("{parent}(id)") },
    ] })
    };
    let whole = client.call("run_quality_check", check("parent")).await.unwrap();
    assert_eq!(whole["checks"][0]["verdict"], "pass");
    assert_eq!(whole["checks"][0]["basis"], "constraint");
    let part = client.call("run_quality_check", check("p1")).await.unwrap();
    assert_eq!(part["checks"][0]["verdict"], "fail");
    assert_eq!(part["checks"][0]["failed_rows"], 1);
}
