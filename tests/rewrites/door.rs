//! What an assistant sees of rewrites.

use serde_json::json;

use crate::support::{Client, Database, NEWER, OLDER};

const SHOP: &str = "
    create table customers (id int primary key, name text not null);
    create table orders (id int primary key, customer_id int not null references customers, placed_at timestamp not null,
                         referrer_id int, total numeric not null);
    insert into customers select i, 'customer ' || i from generate_series(1, 2000) i;
    insert into orders
    select i, i % 1000 + 1, timestamp '2024-01-01' + i * interval '5 minutes', case when i % 3 = 0 then i % 90 end, i % 500
    from generate_series(1, 40000) i;
    create index on orders (placed_at);
    create function cost_of(statement text) returns float8 language plpgsql as $$
    declare plan json;
    begin
        execute 'explain (format json) ' || statement into plan;
        return plan -> 0 -> 'Plan' ->> 'Total Cost';
    end $$;
    analyze";

async fn shop(major: u16) -> (Database, Client) {
    let shop = Database::on(major).await;
    shop.execute(SHOP).await;
    let client = Client::stdio(&shop).await;
    (shop, client)
}

#[tokio::test]
async fn a_cheaper_way_is_offered_with_what_postgresql_estimates() {
    for major in [OLDER, NEWER] {
        let (shop, client) = shop(major).await;
        let sql = "select * from orders where placed_at::date = '2024-03-10'";
        let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        let [rewrite] = answer["rewrites"].as_array().unwrap().as_slice() else { panic!("{}", answer.text) };
        assert_eq!(rewrite["rule"], "date_cast_to_range");
        let rewritten = rewrite["sql"].as_str().unwrap();
        assert_eq!(
            rewritten,
            "select * from orders where placed_at >= '2024-03-10'::timestamp AND placed_at < '2024-03-11'::timestamp"
        );
        // PostgreSQL's own word, asked for by another way.
        for (sql, figure) in [(sql, "cost_before"), (rewritten, "cost_after")] {
            let cost: f64 = shop.value(&format!("select cost_of($${sql}$$)")).await;
            assert_eq!(cost, rewrite[figure].as_f64().unwrap(), "{}", answer.text);
        }
        let line = answer.text.lines().find(|line| line.starts_with("rewrite ")).unwrap();
        assert!(
            line.starts_with("rewrite date_cast_to_range: estimated cost ") && line.contains(" %): "),
            "{line}"
        );
        assert!(answer.text.contains(rewritten), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_would_not_be_cheaper_is_not_offered() {
    let (_shop, client) = shop(OLDER).await;
    // One row by its key is too cheap for another way; without an index the column is read just as its coalesce is.
    for sql in [
        "select distinct id, total from orders where id = 4",
        "select * from orders where coalesce(customer_id, 0) = 5",
    ] {
        let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        assert_eq!(answer["rewrites"], json!([]), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_missing_precondition_is_said_and_nothing_is_done() {
    let (shop, client) = shop(OLDER).await;
    let sql = "select count(*) from customers where id not in (select referrer_id from orders)";
    let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    assert_eq!(answer["rewrites"], json!([]));
    let other = answer["other"].as_array().unwrap();
    assert!(
        other.iter().any(|line| line.as_str().unwrap().contains("orders.referrer_id may be null")),
        "{other:?}"
    );
    assert!(answer.text.contains("orders.referrer_id may be null"), "{}", answer.text);

    shop.execute("update orders set referrer_id = 0 where referrer_id is null").await;
    shop.execute("alter table orders alter referrer_id set not null; set enable_seqscan = on").await;
    shop.execute(&format!("alter database {} set work_mem = '64kB'", shop.name())).await;
    let client = Client::stdio(&shop).await;
    let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    assert_eq!(answer["rewrites"][0]["rule"], "not_in_to_not_exists", "{}", answer.text);
}

#[tokio::test]
async fn parameters_stay_parameters() {
    let (_shop, client) = shop(OLDER).await;
    let sql = "select * from orders where id = 4711::numeric and customer_id = $1";
    for params in [json!([]), json!([7])] {
        let answer = client.call("explain_query", json!({ "sql": sql, "params": params })).await.unwrap();
        let rewritten = "select * from orders where id = 4711 and customer_id = $1";
        assert_eq!(answer["rewrites"][0]["sql"], rewritten, "{}", answer.text);
    }
}

/// A function that may give something else each time makes no two ways of writing a statement the same.
#[tokio::test]
async fn nothing_volatile_is_rewritten() {
    let (_shop, client) = shop(OLDER).await;
    let sql = "select * from orders where id = 4711::numeric and total < random()";
    let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    assert_eq!(answer["rewrites"], json!([]), "{}", answer.text);
}
