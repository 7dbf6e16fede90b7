//! What is too long for an answer stands beside it: linked, read whole by whoever got the answer, and by nobody else.

use serde_json::{Value, json};

use crate::support::way::{Way, in_session, initialized, streamable_session};
use crate::support::{Client, Database, Era, HttpServer, Request};

/// A table of so many partitions, a plan of which is folded.
async fn partitioned() -> Database {
    let shop = Database::with("create table parts (id int, v int) partition by range (id)").await;
    for part in 0..100 {
        let (from, to) = (part * 10, part * 10 + 10);
        shop.execute(&format!(
            "create table part_{part} partition of parts for values from ({from}) to ({to})"
        ))
        .await;
    }
    shop
}

#[tokio::test]
async fn the_whole_plan_is_linked_and_read_in_both_eras() {
    let shop = partitioned().await;
    for era in [Era::Sessions, Era::Stateless] {
        let client = Client::with(&shop, era, &[]).await;
        let answer =
            client.call("explain_query", json!({ "sql": "select * from parts where v = 1" })).await.unwrap();
        let scans = |text: &str| (0..100).filter(|part| text.contains(&format!("part_{part} "))).count();
        assert!(scans(&answer.text) < 100, "{}", answer.text);
        let [link] = answer.links.as_slice() else { panic!("one link: {:?}", answer.links) };
        let (text, kind) = client.read(&link.uri).await.unwrap();
        assert_eq!((scans(&text), kind.as_str()), (100, "text/plain"), "{era:?}: {text}");
        assert_eq!(link.size, Some(text.len() as u64));
        let (json, kind) = client.read(&format!("{}/json", link.uri)).await.unwrap();
        assert!(serde_json::from_str::<Value>(&json).unwrap()[0]["Plan"].is_object());
        let parts = (0..100).filter(|part| json.contains(&format!("\"part_{part}\"")));
        assert_eq!(parts.count(), 100, "PostgreSQL's own, with every field");
        assert_eq!(kind, "application/json");
        let listed: Vec<String> = client.resources().await.into_iter().map(|resource| resource.uri).collect();
        assert_eq!(listed, [link.uri.clone(), format!("{}/json", link.uri)]);
        assert!(client.read("pgwright://plan/00000000000040008000000000000000").await.is_none());
        assert!(client.read("file:///etc/passwd").await.is_none());
    }
}

#[tokio::test]
async fn a_pasted_plan_is_not_handed_back() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let plan = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)";
    let answer = client.call("explain_query", json!({ "plan": plan })).await.unwrap();
    assert!(answer.links.is_empty() && client.resources().await.is_empty());
}

#[tokio::test]
async fn masked_values_are_in_no_form_of_a_plan() {
    let shop = Database::with(
        "create table people (id int primary key, email text);
         insert into people select i, 'secret' || i || '@example.org' from generate_series(1, 1000) i; analyze people",
    )
    .await;
    let yaml = format!(
        "databases: {{shop: {{dsn: \"{}\", environment: staging, allow_privileged_role: true, \
         masking: {{columns: {{public.people.email: partial}}}}}}}}",
        shop.dsn()
    );
    let client = Client::configured(&yaml).await;
    let sql = "select id, email from people where id < 10";
    let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    for form in ["", "/json"] {
        let (text, _) = client.read(&format!("{}{form}", answer.links[0].uri)).await.unwrap();
        assert!(text.contains("people") && !text.contains("secret"), "{text}");
    }
}

async fn ask(server: &HttpServer, session: &str, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 9, "method": method, "params": params });
    let request = in_session(Request::post("/mcp", &message), session);
    serde_json::from_str(&server.open(&request).await.event().await).unwrap()
}

#[tokio::test]
async fn another_session_reads_and_lists_nothing_of_it() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let server = HttpServer::start(&shop, &[]).await;
    let (own, other) = (streamable_session(&server).await, streamable_session(&server).await);
    let call = json!({ "name": "explain_query", "arguments": { "sql": "select * from orders" } });
    let answer = ask(&server, &own, "tools/call", call.clone()).await;
    let link = &answer["result"]["content"][1];
    assert_eq!(link["type"], "resource_link", "{answer:#}");
    let uri = json!({ "uri": link["uri"] });
    assert!(
        ask(&server, &own, "resources/read", uri.clone()).await["result"]["contents"][0]["text"].is_string()
    );
    let refused = ask(&server, &other, "resources/read", uri).await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("no such document"), "{refused:#}");
    assert_eq!(
        ask(&server, &own, "resources/list", json!({})).await["result"]["resources"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(ask(&server, &other, "resources/list", json!({})).await["result"]["resources"], json!([]));
}

/// Blocks of a kind that came with 2025-06-18 break clients of before.
#[tokio::test]
async fn a_client_of_an_older_protocol_gets_no_link() {
    let shop = Database::with("create table orders (id int primary key)").await;
    let server = HttpServer::start(&shop, &[]).await;
    for (version, blocks) in [("2024-11-05", 1), ("2025-03-26", 1), ("2025-06-18", 2)] {
        let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
        let reply = server.open(&Request::post("/mcp", &hello)).await;
        let session = reply.header("Mcp-Session-Id").unwrap().to_owned();
        let of = |message: &Value| Request::post("/mcp", message).header("Mcp-Session-Id", &session);
        assert_eq!(server.status(&of(&initialized())).await, 202);
        let call = crate::support::way::call("explain_query", json!({ "sql": "select * from orders" }));
        let answer: Value = serde_json::from_str(&server.open(&of(&call)).await.event().await).unwrap();
        assert_eq!(answer["result"]["content"].as_array().unwrap().len(), blocks, "{version}: {answer:#}");
    }
    let answer =
        Way::Stateless.start(&server, "explain_query", json!({ "sql": "select 1" })).await.answer().await;
    assert_eq!(answer["result"]["content"][1]["type"], "resource_link", "{answer:#}");
}
