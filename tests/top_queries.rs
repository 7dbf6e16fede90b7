//! `top_queries`: every figure is held against the server's own view, and nothing of a value is shown.

use pgwright_postgres::cluster::{Cluster, ClusterOptions, Kind};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Database, Era, NEWER, OLDER};

/// A shop whose statements are counted, by an extension that lives in a schema with an odd name.
async fn shop(major: u16) -> Database {
    let shop = Database::on(major).await;
    shop.execute(
        "create schema \"Odd Home\"; create extension pg_stat_statements schema \"Odd Home\";
         create table orders (id int primary key, customer_id int, placed_on date);
         insert into orders select i, i % 500, date '2024-01-01' + i % 365 from generate_series(1, 20000) i;
         analyze orders;",
    )
    .await;
    shop
}

/// The one statement whose text holds this.
fn query<'a>(answer: &'a Answer, fragment: &str) -> &'a Value {
    let queries = answer["queries"].as_array().unwrap();
    let mut found = queries.iter().filter(|query| query["sql"].as_str().unwrap().contains(fragment));
    let one = found.next().unwrap_or_else(|| panic!("no {fragment} in {queries:#?}"));
    assert!(found.next().is_none(), "{fragment} twice in {queries:#?}");
    one
}

#[tokio::test]
async fn figures_are_the_servers_own_on_both_versions_wherever_the_extension_lives() {
    for major in [OLDER, NEWER] {
        let shop = shop(major).await;
        for customer in 0..7 {
            let sql = format!("select count(*) from orders where customer_id = {customer}");
            shop.value::<i64>(&sql).await;
        }
        let client = Client::stdio(&shop).await;
        let answer = client.call("top_queries", json!({ "limit": 100 })).await.unwrap();
        let counted = query(&answer, "from orders where customer_id = $1");
        let of = "\"Odd Home\".pg_stat_statements s join pg_database d on d.oid = s.dbid and d.datname = current_database()
                  where query like '%from orders where customer_id = $1'";
        let total: f64 = shop.value(&format!("select total_exec_time from {of}")).await;
        assert_eq!((&counted["calls"], &counted["rows"]), (&json!(7), &json!(7)), "{major}");
        assert!(
            (counted["total_ms"].as_f64().unwrap() / total - 1.0).abs() < 0.001,
            "{major}: {counted} {total}"
        );
        let mean = counted["mean_ms"].as_f64().unwrap();
        assert!((mean * 7.0 / total - 1.0).abs() < 0.001, "{major}: {counted}");
        assert_eq!(counted["hit_ratio"], 1.0, "{major}: {counted}");
        assert!(answer["counted_since"].as_str().unwrap().ends_with('Z'));
        let shares: f64 = answer["queries"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|query| query["share_ratio"].as_f64())
            .sum();
        let aside: f64 = answer["left_out"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|kind| kind["share_ratio"].as_f64())
            .sum();
        assert!((shares + aside - 1.0).abs() < 0.02, "{major}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_pgwright_itself_asked_takes_no_line() {
    let shop = shop(OLDER).await;
    shop.value::<i64>("select count(*) from orders where customer_id = 7").await;
    let client = Client::stdio(&shop).await;
    for tool in ["top_queries", "table_stats", "top_queries"] {
        client.call(tool, json!({})).await.unwrap();
    }
    let answer = client.call("top_queries", json!({ "limit": 100 })).await.unwrap();
    let texts: Vec<&str> =
        answer["queries"].as_array().unwrap().iter().map(|query| query["sql"].as_str().unwrap()).collect();
    assert!(texts.iter().all(|sql| sql.contains("orders")), "{texts:#?}");
}

#[tokio::test]
async fn the_order_is_the_one_asked_for() {
    let shop = shop(OLDER).await;
    for _ in 0..9 {
        shop.value::<i32>("select id from orders where id = 4711").await;
    }
    let client = Client::stdio(&shop).await;
    let first = async |order_by: &str| {
        let answer = client.call("top_queries", json!({ "order_by": order_by, "limit": 1 })).await.unwrap();
        assert_eq!(answer["queries"].as_array().unwrap().len(), 1);
        assert!(answer["omitted"].as_u64().unwrap() > 0);
        answer["queries"][0].clone()
    };
    let sql = |query: &Value| query["sql"].as_str().unwrap().to_owned();
    assert!(sql(&first("calls").await).contains("where id = $1"));
    assert!(sql(&first("rows").await).contains("insert into orders"));
    assert!(sql(&first("wal_bytes").await).contains("insert into orders"));
    // Which statement was slowest depends on the machine, so the first is held against all of them.
    for slow in ["mean_ms", "max_ms"] {
        let top = first(slow).await;
        let all = client.call("top_queries", json!({ "order_by": slow, "limit": 100 })).await.unwrap();
        let times: Vec<f64> =
            all["queries"].as_array().unwrap().iter().map(|query| query[slow].as_f64().unwrap()).collect();
        assert!(times.len() > 1 && times.is_sorted_by(|before, after| before >= after), "{slow}: {times:?}");
        assert_eq!((&top[slow], sql(&top)), (&all["queries"][0][slow], sql(&all["queries"][0])), "{slow}");
    }
}

#[tokio::test]
async fn no_value_and_no_comment_of_a_statement_is_shown() {
    let shop = shop(OLDER).await;
    shop.value::<i64>(
        "select /* ann@example.org */ count(*) from orders where placed_on::text = 'bob' -- eve",
    )
    .await;
    // The server keeps such texts as they are.
    shop.execute("create user mapping_probe password 'hunter2'; drop role mapping_probe").await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("top_queries", json!({ "limit": 100 })).await.unwrap();
    query(&answer, "count(*) from orders where placed_on::text = $1");
    let all = format!("{} {}", answer.text, answer.structured);
    for value in ["ann@", "bob", "eve", "hunter2"] {
        assert!(!all.contains(value), "{value} in {all}");
    }
    let kinds: Vec<&str> =
        answer["left_out"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"utility"), "{}", answer.text);
}

#[tokio::test]
async fn what_other_roles_ran_is_hidden_and_that_is_said() {
    let shop = shop(OLDER).await;
    shop.value::<i64>("select count(*) from orders where customer_id = 7").await;
    let role = format!("{}_reader", shop.name());
    shop.execute(&format!("create role {role} login; grant usage on schema \"Odd Home\" to {role}")).await;
    let client = Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], Era::Sessions).await;
    let answer = client.call("top_queries", json!({})).await.unwrap();
    assert_eq!((&answer["own_only"], &answer["left_out"][0]["kind"]), (&json!(true), &json!("other_roles")));
    assert!(
        !answer.text.contains("customer_id") && answer.text.contains("pg_read_all_stats"),
        "{}",
        answer.text
    );
    shop.execute(&format!("grant pg_read_all_stats to {role}")).await;
    let answer = client.call("top_queries", json!({})).await.unwrap();
    query(&answer, "where customer_id = $1");
    assert!(answer["own_only"].is_null() && !answer.text.contains("of other roles"), "{}", answer.text);
}

#[tokio::test]
async fn what_is_missing_is_named_with_the_steps() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let failure = client.call("top_queries", json!({})).await.unwrap_err();
    assert_eq!(failure.error["code"], "no_statement_statistics");
    assert!(failure.text.contains("create extension pg_stat_statements"), "{}", failure.text);
    // The server of the tests has loaded it.
    assert!(!failure.text.contains("shared_preload_libraries"), "{}", failure.text);
    shop.execute("create schema closed; create extension pg_stat_statements schema closed").await;
    let role = format!("{}_reader", shop.name());
    shop.execute(&format!("create role {role} login")).await;
    let reader = Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], Era::Sessions).await;
    let failure = reader.call("top_queries", json!({})).await.unwrap_err();
    assert_eq!(failure.error["code"], "42501");
    assert!(failure.text.contains("grant usage on schema closed"), "{}", failure.text);
    for arguments in [json!({ "limit": 0 }), json!({ "limit": 101 }), json!({ "order_by": "name" })] {
        let mistake = client.call("top_queries", arguments).await.unwrap_err();
        assert_eq!(mistake.error["code"], "invalid_arguments");
    }
}

#[tokio::test]
async fn a_server_that_did_not_load_the_extension_is_told_apart() {
    let mut options = ClusterOptions::new(Kind::Temporary, env!("CARGO_BIN_EXE_pgwright"));
    options.settings = vec![("shared_preload_libraries".to_owned(), String::new())];
    let cluster = Cluster::start(options).await.unwrap();
    let dsn = cluster.dsn("postgres");
    let client = Client::launch(&["--dsn", &dsn, "serve"], Era::Sessions).await;
    let failure = client.call("top_queries", json!({})).await.unwrap_err();
    assert!(failure.text.contains("is not installed") && failure.text.contains("1. add"), "{}", failure.text);
    let (driver, connection) = tokio_postgres::connect(&dsn, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    driver.batch_execute("create extension pg_stat_statements").await.unwrap();
    let failure = client.call("top_queries", json!({})).await.unwrap_err();
    assert!(failure.text.contains("did not load it"), "{}", failure.text);
    assert!(
        failure.text.contains("shared_preload_libraries") && failure.text.contains("restart"),
        "{}",
        failure.text
    );
}
