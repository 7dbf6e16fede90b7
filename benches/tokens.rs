//! What a model pays: tokens of the tool list and of two answers, by the o200k_base encoding.

use std::fmt::Write as _;

use serde_json::json;

use crate::figure;
use crate::support::{Client, Database};

pub async fn run() {
    let encoding = tiktoken_rs::o200k_base().unwrap();
    let tokens = |text: &str| encoding.encode_ordinary(text).len();

    let shop = Database::with(SHOP).await;
    shop.execute("analyze").await;
    let client = Client::stdio(&shop).await;

    let seen: String = client.tools().await.iter().fold(String::new(), |mut text, tool| {
        let description = tool.description.as_deref().unwrap_or_default();
        let schema = serde_json::to_string(&*tool.input_schema).unwrap();
        writeln!(text, "{}\n{description}\n{schema}", tool.name).unwrap();
        text
    });
    figure(
        &format!("tools/list as a model sees it, {} tools", client.tools().await.len()),
        format!("{} tokens", tokens(&seen)),
        "smallest peer with 4 tools: 576; largest of 9 tools: 8,668",
        "≤ 1,800",
    );

    let join =
        "select c.name, o.total from orders o join customers c on c.id = o.customer_id where o.total > 990";
    let explained = client.call("explain_query", json!({ "sql": join, "analyze": true })).await.unwrap();
    let (driver, connection) = tokio_postgres::connect(&shop.dsn(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = driver.query(&format!("explain (analyze, buffers) {join}"), &[]).await.unwrap();
    let plain: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    figure(
        "explain_query of a two-table join, ANALYZE",
        format!("{} tokens", tokens(&explained.text)),
        format!("EXPLAIN (ANALYZE, BUFFERS) text {}", tokens(&plain.join("\n"))),
        "≤ 400",
    );

    let stats = client.call("table_stats", json!({ "limit": 20 })).await.unwrap();
    assert_eq!(stats["tables"].as_array().unwrap().len(), 20);
    figure("table_stats of 20 tables", format!("{} tokens", tokens(&stats.text)), "", "≤ 1,500");
}

const SHOP: &str = "
    create table customers (id int primary key, name text not null, email text);
    insert into customers select i, 'customer ' || i, 'c' || i || '@example.org' from generate_series(1, 10000) i;
    create table orders (id int primary key, customer_id int not null, total numeric(10, 2) not null, status text);
    insert into orders select i, i % 10000 + 1, (i * 7919 % 100000) / 100.0, 'paid' from generate_series(1, 200000) i;
    do $$ begin
        for i in 1..22 loop
            execute format('create table measurements_%s (id int primary key, at timestamptz, value float8)', i);
            execute format('insert into measurements_%s select g, now(), g from generate_series(1, 100 * %s) g', i, i);
        end loop;
    end $$;
";
