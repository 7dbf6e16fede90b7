//! What a model pays for an explained plan, in tokens of the o200k_base encoding.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Client, Database, Era};

fn tokens(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}

/// Every plan that the plan room keeps: planted faults, healthy ones, TPC-H, of all versions.
fn plans() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/plan/fixtures")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn no_plan_takes_more_than_its_tokens() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let (mut plans_read, mut nodes_in_all, mut tree_tokens) = (0, 0, 0);
    for path in plans() {
        let plan = std::fs::read_to_string(&path).unwrap();
        let Ok(whole) = client.call("explain_query", json!({ "plan": plan })).await else { continue };
        let summary =
            client.call("explain_query", json!({ "plan": plan, "detail": "summary" })).await.unwrap();
        let nodes = summary["plan"]["omitted_nodes"].as_u64().unwrap_or_default();
        let (all, short) = (tokens(&whole.text), tokens(&summary.text));
        assert!(all <= 2_000, "{}: {all} tokens\n{}", path.display(), whole.text);
        assert!(nodes > 10 || short <= 500, "{}: {short} tokens\n{}", path.display(), summary.text);
        plans_read += 1;
        if nodes >= 3 {
            nodes_in_all += nodes;
            tree_tokens += all - short;
        }
    }
    assert!(plans_read > 300, "{plans_read} plans");
    #[allow(clippy::cast_precision_loss)]
    let each = tree_tokens as f64 / nodes_in_all as f64;
    assert!(each <= 45.0, "{each:.1} tokens a node");
}

#[tokio::test]
async fn a_join_in_short_is_short() {
    let shop = Database::with(
        "create table customers (id int primary key, name text not null);
         insert into customers select i, 'customer ' || i from generate_series(1, 10000) i;
         create table orders (id int primary key, customer_id int not null, total numeric(10, 2) not null);
         insert into orders select i, i % 10000 + 1, (i * 7919 % 100000) / 100.0 from generate_series(1, 200000) i;
         analyze",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let sql =
        "select c.name, o.total from orders o join customers c on c.id = o.customer_id where o.total > 990";
    for analyze in [false, true] {
        let ask = |detail: &str| {
            client.call("explain_query", json!({ "sql": sql, "analyze": analyze, "detail": detail }))
        };
        let (summary, tree) = (ask("summary").await.unwrap(), ask("tree").await.unwrap());
        assert!(tokens(&summary.text) <= 300, "{} tokens\n{}", tokens(&summary.text), summary.text);
        assert!(tokens(&tree.text) <= 500, "{} tokens\n{}", tokens(&tree.text), tree.text);
        assert_eq!(summary["plan"]["nodes"], Value::Array(Vec::new()));
    }
}
