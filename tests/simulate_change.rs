//! `simulate_change` through a client: what it says of an index is what building it does, and the database notices nothing
//! but reads of its catalogue.

use serde_json::{Value, json};

use crate::support::{Client, Database, NEWER};

const SHOP: &str = "
    create table customers (id int primary key, city text not null);
    insert into customers select i, 'city ' || i % 500 from generate_series(1, 20000) i;
    create table orders (id int primary key, customer_id int not null references customers, total numeric not null, day date not null);
    insert into orders select i, 1 + i * 7 % 20000, i % 1000, date '2024-01-01' + i % 700 from generate_series(1, 200000) i;
    create index orders_day on orders (day);
    analyze";
const LOOKUP: &str = "select * from orders where customer_id = 7";

async fn cost(shop: &Database, sql: &str) -> f64 {
    shop.plan(sql).await["Total Cost"].as_f64().unwrap()
}

fn near(said: &Value, real: f64) -> bool {
    (said.as_f64().unwrap() / real - 1.0).abs() < 0.01
}

async fn an_index_costs_what_it_was_said_to(shop: Database) {
    shop.execute(SHOP).await;
    let client = Client::stdio(&shop).await;
    let ddl = "create index concurrently orders_customer on orders (customer_id)";
    let days = "select count(*) from orders where day = date '2024-03-01'";
    let arguments = json!({ "changes": [ddl], "statements": [LOOKUP, days] });
    let answer = client.call("simulate_change", arguments).await.unwrap();
    let [first, second] = answer["statements"].as_array().unwrap().as_slice() else {
        panic!("{}", answer.text)
    };
    assert_eq!((&first["statement"], &first["changed"]), (&json!(1), &json!(true)), "{}", answer.text);
    assert_eq!((&second["statement"], &second["changed"]), (&json!(2), &json!(false)), "{}", answer.text);
    assert!(near(&first["cost_before"], cost(&shop, LOOKUP).await), "{}", answer.text);
    assert!(near(&second["cost_before"], cost(&shop, days).await), "{}", answer.text);
    assert_eq!(shop.value::<i64>("select count(*) from pg_class where relname = 'orders_customer'").await, 0);
    shop.execute(&ddl.replace("concurrently", "")).await;
    assert!(near(&first["cost_after"], cost(&shop, LOOKUP).await), "{}", answer.text);
    assert_eq!(first["indexes_used"], json!(["orders_customer"]));
    let real = shop.value::<i64>("select pg_relation_size('orders_customer')").await;
    #[allow(clippy::cast_precision_loss)]
    let ratio = answer["objects"][0]["size_bytes"].as_f64().unwrap() / real as f64;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}

#[tokio::test]
async fn an_index_costs_what_it_was_said_to_on_15() {
    an_index_costs_what_it_was_said_to(Database::new().await).await;
}

#[tokio::test]
async fn an_index_costs_what_it_was_said_to_on_18() {
    an_index_costs_what_it_was_said_to(Database::on(NEWER).await).await;
}

#[tokio::test]
async fn what_gets_worse_comes_first() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let arguments = json!({
        "changes": ["drop index orders_day", "set work_mem = '64kB'"],
        "growth": [{ "table": "orders", "factor": 10 }],
        "statements": [
            "select * from customers where id = 1",
            "select count(*) from orders where day = date '2024-03-01'",
        ],
    });
    let answer = client.call("simulate_change", arguments).await.unwrap();
    let first = &answer["statements"][0];
    assert_eq!(first["statement"], 2, "{}", answer.text);
    assert!(first["cost_after"].as_f64() > first["cost_before"].as_f64(), "{}", answer.text);
    assert_eq!(first["indexes_used"], json!([]));
}

#[tokio::test]
async fn other_statements_are_refused() {
    let shop = Database::with("create table a (b int)").await;
    let client = Client::stdio(&shop).await;
    for change in [
        "drop table a",
        "create index on a (b); drop table a",
        "alter table a add column c int",
        "set search_path = x",
        "alter system set work_mem = '1GB'",
    ] {
        let arguments = json!({ "changes": [change], "statements": ["select * from a"] });
        let error = client.call("simulate_change", arguments).await.unwrap_err().error;
        assert_eq!(error["code"], "change_not_allowed", "{change}: {error}");
    }
    let arguments = json!({ "changes": ["create index on a (b)"], "statements": ["delete from a"] });
    assert!(client.call("simulate_change", arguments).await.is_err());
}
