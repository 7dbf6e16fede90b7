//! `table_stats`: every figure is held against what plain SQL says.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Database, NEWER, OLDER};

/// The one table of an answer in detail.
async fn table(client: &Client, name: &str) -> Value {
    let answer = client.call("table_stats", json!({ "table": name })).await.unwrap();
    answer["tables"][0].clone()
}

fn names(answer: &Answer) -> Vec<String> {
    let tables = answer["tables"].as_array().unwrap();
    tables.iter().map(|table| table["name"].as_str().unwrap().to_owned()).collect()
}

const ORDERS: &str = "
    create table orders (id int primary key, status text not null, note text, document text)
        with (autovacuum_enabled = off, fillfactor = 70);
    insert into orders
    select g, case when g % 4 = 0 then 'open' else 'paid' end, case when g % 2 = 0 then 'n' end,
           case when g % 100 = 0
                then (select string_agg(md5((g * 1000 + x)::text), '') from generate_series(1, 200) x) end
    from generate_series(1, 5000) g;
    create index orders_open on orders (id desc) where status = 'open';
    analyze orders;";

#[tokio::test]
async fn sizes_are_those_that_postgres_measures() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        shop.execute(ORDERS).await;
        let client = Client::stdio(&shop).await;
        let orders = table(&client, "orders").await;
        for (key, function) in [
            ("total_bytes", "pg_total_relation_size('orders')"),
            ("heap_bytes", "pg_relation_size('orders')"),
            ("index_bytes", "pg_indexes_size('orders')"),
            (
                "toast_bytes",
                "(select pg_total_relation_size(reltoastrelid) from pg_class where oid = 'orders'::regclass)",
            ),
        ] {
            let measured: i64 = shop.value(&format!("select {function}")).await;
            assert!(measured > 0);
            assert_eq!(orders[key], measured, "{key} on {major}");
        }
        assert_eq!(orders["estimated_rows"], 5000, "{major}");
        assert!(orders["last_analyze"].is_string() && orders.get("never_analyzed").is_none(), "{major}");
    }
}

#[tokio::test]
async fn columns_and_indexes_come_in_detail() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    let orders = table(&client, "orders").await;
    let [id, status, note, _] = orders["columns"].as_array().unwrap().as_slice() else { panic!("{orders}") };
    assert_eq!(
        (&id["name"], &id["type"], &id["distinct_values"]),
        (&json!("id"), &json!("integer"), &json!(5000))
    );
    assert_eq!(id["correlation"], 1.0);
    assert_eq!(status["distinct_values"], 2);
    assert_eq!(status["not_null"], true);
    assert_eq!(status["most_common"], json!([{ "share_ratio": 0.75 }, { "share_ratio": 0.25 }]));
    assert_eq!(note["null_ratio"], 0.5);
    let [open, key] = ["orders_open", "orders_pkey"].map(|name| {
        let indexes = orders["indexes"].as_array().unwrap();
        indexes.iter().find(|index| index["name"] == name).unwrap().clone()
    });
    assert_eq!((&key["primary"], &key["unique"], &key["valid"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(open["unique"], false);
    let size: i64 = shop.value("select pg_relation_size('orders_open')").await;
    assert_eq!(open["size_bytes"], size);

    let answer = client.call("table_stats", json!({ "table": "orders", "values": true })).await.unwrap();
    assert_eq!(answer["tables"][0]["columns"][1]["most_common"][0]["value"], "paid");
    assert!(answer.text.contains("orders_open (id desc) where status = 'open'::text"), "{}", answer.text);
}

#[tokio::test]
async fn dead_rows_and_hot_updates_are_counted() {
    let shop = Database::with(ORDERS).await;
    // What is counted late is added to what VACUUM has set: first let the load be counted.
    shop.until("select n_tup_ins = 5000 from pg_stat_all_tables where relid = 'orders'::regclass").await;
    shop.execute("vacuum orders").await;
    shop.execute("analyze orders").await;
    shop.execute("update orders set note = 'changed' where id between 2001 and 2100").await;
    shop.execute("update orders set id = id + 10000 where id between 3001 and 3100").await;
    shop.execute("delete from orders where id <= 1000").await;
    shop.until("select n_tup_del = 1000 from pg_stat_all_tables where relid = 'orders'::regclass").await;
    let client = Client::stdio(&shop).await;
    let orders = table(&client, "orders").await;
    assert_eq!(orders["dead_rows"], 1200);
    assert_eq!(orders["counted_rows"], 4000);
    assert_eq!(orders["dead_ratio"], 0.2308);
    assert_eq!(orders["updated_rows"], 200);
    assert_eq!(orders["deleted_rows"], 1000);
    assert_eq!(orders["modified_since_analyze_rows"], 1200);
    let hot: i64 =
        shop.value("select n_tup_hot_upd from pg_stat_all_tables where relid = 'orders'::regclass").await;
    // Room that the fillfactor left makes them heap-only; an update of a key never is.
    assert!((1..=100).contains(&hot), "{hot}");
    #[allow(clippy::cast_precision_loss)]
    let ratio = hot as f64 / 200.0;
    assert_eq!(orders["hot_update_ratio"], ratio);
}

#[tokio::test]
async fn bloat_of_fixed_width_rows_is_right_to_the_page() {
    let shop = Database::with(
        "create table tight (a bool, b bigint, c int) with (autovacuum_enabled = off, fillfactor = 80);
         insert into tight select true, g, g from generate_series(1, 50000) g;
         create table holes (like tight) with (autovacuum_enabled = off);
         insert into holes select * from tight;
         delete from holes where b % 2 = 0;
         analyze tight, holes;
         create table rewritten as table holes",
    )
    .await;
    let client = Client::stdio(&shop).await;
    assert_eq!(table(&client, "tight").await["bloat_bytes"], 0);
    let freed: i64 = shop.value("select pg_relation_size('holes') - pg_relation_size('rewritten')").await;
    assert!(freed > 500_000);
    assert_eq!(table(&client, "holes").await["bloat_bytes"], freed);
    let answer = client.call("table_stats", json!({ "order_by": "bloat_bytes", "limit": 1 })).await.unwrap();
    assert_eq!(names(&answer), ["public.holes"]);
}

#[tokio::test]
async fn rankings_follow_the_chosen_figure_and_count_what_is_left_out() {
    let shop = Database::with(
        "create schema sales;
         create table sales.small as select 1 as x;
         create table sales.large as select g, repeat('x', 100) from generate_series(1, 5000) g;
         create table medium as select g, repeat('x', 100) from generate_series(1, 1000) g;
         create view overview as select * from medium",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let all = client.call("table_stats", json!({})).await.unwrap();
    assert_eq!(names(&all), ["sales.large", "public.medium", "sales.small"]);
    let total: i64 = shop
        .value("select sum(pg_total_relation_size(c))::int8 from unnest('{medium,sales.large,sales.small}'::regclass[]) c")
        .await;
    assert_eq!(all["totals"], json!({ "tables": 3, "schemas": 2, "total_bytes": total }));
    assert_eq!(all["omitted"], 0);

    let by_name = client.call("table_stats", json!({ "order_by": "name", "limit": 2 })).await.unwrap();
    assert_eq!(names(&by_name), ["public.medium", "sales.large"]);
    assert_eq!(by_name["omitted"], 1);
    assert!(by_name.text.contains("1 more"), "{}", by_name.text);

    let one_schema = client.call("table_stats", json!({ "schema": "sales" })).await.unwrap();
    assert_eq!(names(&one_schema), ["sales.large", "sales.small"]);
}

#[tokio::test]
async fn partitions_are_folded_into_their_table() {
    let shop = Database::with(
        "create table events (id int, day date, primary key (id, day)) partition by range (day);
         create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
         create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01')
             partition by list (day);
         create table events_2025_rest partition of events_2025 default;
         create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
         insert into events select g, date '2024-01-01' + g % 700 from generate_series(1, 7000) g;
         analyze events",
    )
    .await;
    let client = Client::stdio(&shop).await;
    assert_eq!(names(&client.call("table_stats", json!({})).await.unwrap()), ["public.events"]);
    let events = table(&client, "events").await;
    assert_eq!((&events["kind"], &events["partitions"]), (&json!("partitioned_table"), &json!(3)));
    let total: i64 =
        shop.value("select sum(pg_total_relation_size(relid))::int8 from pg_partition_tree('events')").await;
    assert_eq!(events["total_bytes"], total);
    assert_eq!(events["estimated_rows"], 7000);
    let indexes: i64 =
        shop.value("select sum(pg_relation_size(relid))::int8 from pg_partition_tree('events_pkey')").await;
    assert_eq!(events["indexes"][0]["size_bytes"], indexes);
    let one = table(&client, "events_2024").await;
    assert_eq!((&one["kind"], &one["partition"]), (&json!("table"), &json!(true)));
    let size: i64 = shop.value("select pg_total_relation_size('events_2024')").await;
    assert_eq!(one["total_bytes"], size);
}

#[tokio::test]
async fn a_table_that_was_never_analysed_says_so() {
    let shop = Database::with(
        "create table raw (x int) with (autovacuum_enabled = off); insert into raw select generate_series(1, 1000)",
    )
    .await;
    shop.until("select n_live_tup = 1000 from pg_stat_all_tables where relid = 'raw'::regclass").await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("table_stats", json!({ "table": "raw" })).await.unwrap();
    let raw = &answer["tables"][0];
    assert_eq!(raw["never_analyzed"], true);
    assert_eq!(raw["counted_rows"], 1000);
    assert!(raw.get("estimated_rows").is_none() && raw.get("bloat_bytes").is_none(), "{raw}");
    assert!(answer.text.contains("never analysed"), "{}", answer.text);
    assert!(!answer.text.contains("~0 rows"), "{}", answer.text);
}

#[tokio::test]
async fn an_empty_table_has_no_rows() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        shop.execute("create table orders (id int primary key, day date)").await;
        shop.execute("vacuum analyze orders").await;
        let client = Client::stdio(&shop).await;
        let answer = client.call("table_stats", json!({ "table": "orders" })).await.unwrap();
        assert_eq!(answer["tables"][0]["estimated_rows"], 0, "{major}");
        assert!(answer.text.lines().any(|line| line == "0 rows"), "{major}: {}", answer.text);
        assert!(answer.text.contains("no statistics: the table was empty"), "{major}: {}", answer.text);
    }
}

#[tokio::test]
async fn nearly_all_is_not_all() {
    let shop = Database::with(
        "create table orders (id int, note text) with (autovacuum_enabled = off);
         insert into orders select g, case when g = 1 then 'n' end from generate_series(1, 25000) g;
         analyze orders",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("table_stats", json!({ "table": "orders" })).await.unwrap();
    assert_eq!(answer["tables"][0]["columns"][1]["null_ratio"], 0.9999);
    assert!(answer.text.contains("note text: null >99 %"), "{}", answer.text);
}

#[tokio::test]
async fn a_view_has_no_size_and_says_so() {
    let shop = Database::with("create table t (x int); create view seen as select x from t").await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("table_stats", json!({ "table": "seen" })).await.unwrap();
    assert_eq!(answer["tables"][0]["kind"], "view");
    assert!(answer["tables"][0].get("total_bytes").is_none());
    assert!(answer.text.contains("is a view: it has no size of its own"), "{}", answer.text);
}

#[tokio::test]
async fn mistakes_name_what_was_meant() {
    let shop = Database::with("create table orders (id int); create schema sales").await;
    let client = Client::stdio(&shop).await;
    let unknown = client.call("table_stats", json!({ "table": "ordrs" })).await.unwrap_err();
    assert_eq!(unknown.error["code"], "42P01");
    assert_eq!(unknown.error["hint"], "nearest: public.orders");
    let unknown = client.call("table_stats", json!({ "schema": "sale" })).await.unwrap_err();
    assert_eq!(unknown.error["code"], "3F000");
    assert_eq!(unknown.error["hint"], "nearest: sales");
    let empty = client.call("table_stats", json!({ "schema": "sales" })).await.unwrap();
    assert_eq!(empty["tables"], json!([]));
    for both in [
        json!({ "table": "orders", "schema": "public" }),
        json!({ "table": "orders", "order_by": "name" }),
        json!({ "table": "orders", "limit": 5 }),
        json!({ "values": true }),
        json!({ "limit": 0 }),
        json!({ "limit": 201 }),
        json!({ "order_by": "size" }),
        json!({ "table": "a.b.c" }),
    ] {
        let mistake = client.call("table_stats", both.clone()).await.unwrap_err();
        assert_eq!(mistake.error["code"], "invalid_arguments", "{both}");
    }
}

#[tokio::test]
async fn a_table_under_an_exclusive_lock_holds_nobody_up() {
    let shop = Database::with(ORDERS).await;
    let client = Client::stdio(&shop).await;
    shop.execute("begin; lock table orders in access exclusive mode").await;
    let ranked = client.call("table_stats", json!({})).await.unwrap();
    shop.execute("rollback").await;
    assert_eq!(ranked["tables"][0]["sizes_estimated"], true);
    let heap: i64 = shop.value("select pg_relation_size('orders')").await;
    assert_eq!(ranked["tables"][0]["heap_bytes"], heap, "analysed a moment ago");
}

#[tokio::test]
async fn a_role_that_may_only_connect_gets_everything_but_what_is_kept_from_it() {
    let shop = Database::with(ORDERS).await;
    let role = format!("{}_reader", shop.name());
    shop.execute(&format!("create role {role} login")).await;
    let client =
        Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], crate::support::Era::Sessions).await;
    let orders = table(&client, "orders").await;
    assert_eq!(orders["estimated_rows"], 5000);
    assert_eq!(orders["columns"][1]["name"], "status");
    assert!(
        orders.get("bloat_bytes").is_none() && orders["columns"][1].get("most_common").is_none(),
        "{orders}"
    );
}

#[tokio::test]
async fn twenty_tables_are_short() {
    let shop = Database::new().await;
    for number in 1..=25 {
        shop.execute(&format!(
            "create table customer_orders_{number} (id int primary key, note text);
             insert into customer_orders_{number} select g, repeat('x', 2000) from generate_series(1, {number}00) g;
             analyze customer_orders_{number};
             update customer_orders_{number} set note = 'y' where id < 50"
        ))
        .await;
    }
    let client = Client::stdio(&shop).await;
    let answer = client.call("table_stats", json!({})).await.unwrap();
    assert_eq!(names(&answer).len(), 20);
    assert_eq!(answer["omitted"], 5);
    // Figures run to about 2.6 characters a token here; 1,500 tokens are the promise.
    assert!(answer.text.len() < 3_600, "{}:\n{}", answer.text.len(), answer.text);
}
