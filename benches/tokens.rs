//! What a model pays: tokens of the tool list and of typical answers, by the o200k_base encoding.

use std::fmt::Write as _;

use futures_util::TryStreamExt;
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
        "≤ 3,000",
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

    let summary = client
        .call("explain_query", json!({ "sql": join, "analyze": true, "detail": "summary" }))
        .await
        .unwrap();
    figure(
        "explain_query of a two-table join, summary",
        format!("{} tokens", tokens(&summary.text)),
        "",
        "≤ 300",
    );
    let mut largest = (0, 0);
    let (mut tree, mut nodes) = (0, 0);
    for plan in pasted() {
        let ask = |detail: &str| client.call("explain_query", json!({ "plan": plan, "detail": detail }));
        let (Ok(whole), Ok(summary)) = (ask("tree").await, ask("summary").await) else { continue };
        let of_plan = summary["plan"]["omitted_nodes"].as_u64().unwrap();
        let (all, short) = (tokens(&whole.text), tokens(&summary.text));
        largest = (largest.0.max(all), if of_plan <= 10 { largest.1.max(short) } else { largest.1 });
        if of_plan >= 3 {
            (tree, nodes) = (tree + all - short, nodes + of_plan);
        }
    }
    figure("explain_query, the longest of all kept plans", format!("{} tokens", largest.0), "", "≤ 2,000");
    figure("the same of up to 10 nodes, summary", format!("{} tokens", largest.1), "", "≤ 500");
    #[allow(clippy::cast_precision_loss)]
    let each = tree as f64 / nodes as f64;
    figure(
        "a node of a plan's tree, folded ones counted",
        format!("{each:.1} tokens"),
        "EXPLAIN (ANALYZE, BUFFERS) text 84",
        "≤ 45",
    );

    let stats = client.call("table_stats", json!({ "limit": 20 })).await.unwrap();
    assert_eq!(stats["tables"].as_array().unwrap().len(), 20);
    figure("table_stats of 20 tables", format!("{} tokens", tokens(&stats.text)), "", "≤ 1,500");

    let hundred = "select id, customer_id, status, total, placed_at from placed order by id limit 100";
    let page = json!({ "sql": "select id, customer_id, status, total, placed_at from placed order by id" });
    let answer = client.call("run_query", page).await.unwrap();
    assert_eq!((&answer["row_count"], &answer["truncated"]), (&json!(100), &json!(true)));
    let csv = csv(&driver, hundred).await;
    figure(
        "run_query of 100 rows × 5 columns, cut, with a cursor",
        format!(
            "{} tokens, {} bytes; structured {}",
            tokens(&answer.text),
            answer.text.len(),
            answer.structured.to_string().len()
        ),
        format!("the rows as CSV {}; other servers 4,300 to 7,401 for such rows", tokens(&csv)),
        "≤ 3,300",
    );

    let worst = "select md5(g::text) || md5((g + 1)::text) as a, upper(md5((-g)::text)) as b from generate_series(1, 1000) g";
    let answer = client.call("run_query", json!({ "sql": worst, "limit": 1000 })).await.unwrap();
    figure(
        "run_query of 1,000 rows of random letters",
        format!("{} tokens", tokens(&answer.text)),
        "",
        "≤ 8,000",
    );

    let answer = client.call("describe_schema", json!({ "schema": "erp" })).await.unwrap();
    assert_eq!((answer["tables"].as_array().unwrap().len(), &answer["omitted"]), (200, &json!(0)));
    let names: Vec<&str> =
        answer["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap()).collect();
    figure(
        "describe_schema of 200 tables",
        format!("{} tokens", tokens(&answer.text)),
        format!("their names, a line each {}", tokens(&names.join("\n"))),
        "≤ 2,000",
    );
}

/// Every plan that the plan room keeps.
fn pasted() -> Vec<String> {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/plan/fixtures")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// What COPY writes of a query.
async fn csv(driver: &tokio_postgres::Client, query: &str) -> String {
    let copy = format!("copy ({query}) to stdout with (format csv, header)");
    let parts: Vec<_> = driver.copy_out(&copy).await.unwrap().try_collect().await.unwrap();
    parts.iter().map(|part: &bytes::Bytes| String::from_utf8_lossy(part).into_owned()).collect()
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
    create table placed (
        id int primary key, customer_id int not null, status text, total numeric(10, 2), placed_at timestamptz
    );
    insert into placed
    select 100000 + i, i * 7919 % 9973, (array['paid', 'open', 'returned', 'shipped'])[i % 4 + 1],
           (i * 7919 % 100000) / 100.0, timestamptz '2024-01-01 00:00+00' + i * interval '317 s'
    from generate_series(1, 5000) i;
    create schema erp;
    do $$ declare noun text; part text; begin
        foreach noun in array array['customer', 'order', 'invoice', 'shipment', 'product', 'supplier', 'payment', 'contract',
            'employee', 'warehouse', 'campaign', 'ticket', 'asset', 'project', 'account', 'return', 'quote', 'price',
            'region', 'user'] loop
            foreach part in array array['', '_address', '_history', '_line', '_note', '_status', '_tag', '_attachment',
                '_approval', '_setting'] loop
                execute format('create table erp.%I (id int primary key, name text, changed_at timestamptz)', noun || part);
                execute format('insert into erp.%I select g, g, now() from generate_series(1, %s) g', noun || part,
                    length(noun || part) * 97);
            end loop;
        end loop;
    end $$;
";
