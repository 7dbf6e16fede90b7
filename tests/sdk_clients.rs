//! The official Python and TypeScript clients of both protocol eras, over every transport, through all five tools.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Database, Driver, Era, HttpServer, NEWER, OLDER, Sdk, TOOLS, shared_trail};

const SHOP: &str = "
    create table orders (id int primary key, customer_id int not null, note text);
    insert into orders select g, g % 5000, case when g > 2 then 'note ' || g end from generate_series(1, 50000) g;
    create table partners (id bigint primary key, name text);
    analyze";

const PIPELINE: &str = "
version: 1
pipeline: partners
kind: batch
source: {type: csv, path: partners.csv}
contract:
  columns:
    - {name: id, type: bigint, nullable: false}
    - {name: name, type: text}
target: {table: public.partners, write: append}
";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Stdio,
    Http,
    LegacySse,
}

macro_rules! clients {
    ($($client:ident: $sdk:expr;)*) => {$(
        mod $client {
            use super::*;

            #[tokio::test]
            async fn over_stdio() {
                works($sdk, Transport::Stdio).await;
            }

            #[tokio::test]
            async fn over_streamable_http() {
                works($sdk, Transport::Http).await;
            }

            #[tokio::test]
            async fn over_legacy_sse() {
                works($sdk, Transport::LegacySse).await;
            }
        }
    )*};
}

clients! {
    python_client: Sdk::Python(Era::Stateless);
    python_session: Sdk::Python(Era::Sessions);
    python_1_session: Sdk::PythonLegacy;
    typescript_client: Sdk::Typescript(Era::Stateless);
    typescript_sdk: Sdk::Typescript(Era::Sessions);
}

/// One client's whole visit, in one process.
async fn works(sdk: Sdk, transport: Transport) {
    let shop = Database::on(major(sdk, transport)).await;
    shop.execute(SHOP).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("partners.yaml"), PIPELINE).unwrap();
    std::fs::write(folder.path().join("partners.csv"), "id,name\n1,Ada\n2,Grace\n3,Edith\n").unwrap();
    let (_server, way) = reach(&shop, transport, folder.path()).await;

    let mut client = Driver::start(sdk, &way, &steps()).await;
    let version = if sdk.era() == Era::Stateless { "2026-07-28" } else { "2025-11-25" };
    assert_eq!(client.report().await["protocol"], version);
    lists_the_tools(&client.report().await);

    let explained = answered(client.report().await);
    assert_eq!(explained["structured"]["plan"]["nodes"][0]["parent"], Value::Null, "{explained:#}");
    assert!(explained["text"].as_str().unwrap().contains("orders"), "{explained:#}");

    let suggested = answered(client.report().await);
    let ddl = suggested["structured"]["suggestions"][0]["ddl"].as_str().unwrap();
    assert!(ddl.contains("orders") && ddl.contains("(customer_id"), "{ddl}");

    let checked = answered(client.report().await);
    assert_eq!(checked["structured"]["checks"][0]["failed_rows"], 2, "{checked:#}");
    assert_eq!(checked["structured"]["checks"][1]["verdict"], "pass", "{checked:#}");
    progresses(&checked);

    let loaded = answered(client.report().await);
    assert_eq!(loaded["structured"]["run"]["rows_loaded"], 3, "{loaded:#}");
    assert_eq!(
        shop.value::<String>("select string_agg(name, ' ' order by id) from partners").await,
        "Ada Grace Edith"
    );

    let measured = answered(client.report().await);
    let size: i64 = shop.value("select pg_total_relation_size('orders')").await;
    assert_eq!(measured["structured"]["tables"][0]["total_bytes"], size, "{measured:#}");
    assert_eq!(measured["progress"], json!([]), "nobody asked for progress");

    let refused = client.report().await;
    assert_eq!(
        (&refused["is_error"], &refused["error"]["code"]),
        (&json!(true), &json!("42P01")),
        "{refused:#}"
    );
    let text = refused["text"].as_str().unwrap();
    assert!(text.contains("public.orders") && text.contains("next:"), "{text}");

    shop.until_active("generate_series").await;
    client.cancel().await;
    assert_eq!(client.report().await["cancelled"], true);
    shop.until_idle("generate_series").await;
    answered(client.report().await);
    let complaints = client.end().await;
    // Over stdio the server's own log is among them.
    assert!(transport == Transport::Stdio || complaints.is_empty(), "{complaints}");
}

fn steps() -> Value {
    let by_customer = "select * from orders where customer_id = 7";
    let endless = "select count(*) from generate_series(1, 100000000000)";
    json!([
        { "list": true },
        { "call": "explain_query", "arguments": { "sql": by_customer } },
        { "call": "suggest_index", "arguments": { "statements": [{ "sql": by_customer }] } },
        { "call": "run_quality_check", "progress": true, "arguments": { "table": "orders", "checks": [
            { "type": "not_null", "column": "note" },
            { "type": "unique", "columns": ["id"] },
        ] } },
        { "call": "trigger_pipeline", "progress": true, "arguments": { "pipeline": "partners" } },
        { "call": "table_stats", "arguments": { "table": "orders" } },
        { "call": "table_stats", "arguments": { "table": "ordrs" } },
        { "call": "explain_query", "cancel": true, "arguments": { "sql": endless, "analyze": true } },
        { "call": "table_stats", "arguments": {} },
    ])
}

/// The newer PostgreSQL answers one client of each language.
fn major(sdk: Sdk, transport: Transport) -> u16 {
    if transport == Transport::Stdio && sdk.era() == Era::Stateless { NEWER } else { OLDER }
}

async fn reach(shop: &Database, transport: Transport, folder: &Path) -> (Option<HttpServer>, Value) {
    let (dsn, pipelines) = (shop.dsn(), folder.to_str().unwrap());
    // Some clients hand no environment on.
    let trail = shared_trail().to_str().unwrap();
    let arguments = ["--audit-dir", trail, "--dsn", &dsn, "--pipelines", pipelines, "serve"];
    if transport == Transport::Stdio {
        let command = [&[env!("CARGO_BIN_EXE_pgwright")], &arguments[..]].concat();
        return (None, json!({ "stdio": command }));
    }
    let http = ["--http", "127.0.0.1:0", "--enable-legacy-sse"];
    let server = HttpServer::launch(&[&arguments[..], &http].concat()).await;
    let way = match transport {
        Transport::LegacySse => json!({ "sse": server.url("/sse") }),
        _ => json!({ "http": server.url("/mcp") }),
    };
    (Some(server), way)
}

fn lists_the_tools(report: &Value) {
    let names: Vec<&str> =
        report["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, TOOLS);
}

fn answered(report: Value) -> Value {
    assert_eq!(report["is_error"], false, "{report:#}");
    assert!(!report["text"].as_str().unwrap().is_empty() && report["structured"].is_object(), "{report:#}");
    report
}

fn progresses(report: &Value) {
    let ticks = report["progress"].as_array().unwrap();
    let done: Vec<f64> = ticks.iter().map(|tick| tick["progress"].as_f64().unwrap()).collect();
    assert!(!done.is_empty() && done.is_sorted_by(|before, after| before < after), "{report:#}");
    assert!(ticks.iter().all(|tick| tick["progress"].as_f64() <= tick["total"].as_f64()), "{report:#}");
}
