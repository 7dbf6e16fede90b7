//! `simulate_change` through a client: what it says of an index is what building it does, and the database notices nothing
//! but reads of its catalogue.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{Client, Database, Era, NEWER, command_lines, eventually, pgwright};

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

#[tokio::test]
async fn the_busiest_queries_are_planned_and_named_by_their_handles() {
    let shop = Database::with(&format!("create extension pg_stat_statements; {SHOP}")).await;
    for customer in 0..5 {
        shop.value::<i64>(&format!("select count(*) from orders where customer_id = {customer}")).await;
    }
    shop.execute("select pg_stat_force_next_flush()").await;
    shop.until("select n_tup_ins = 200000 from pg_stat_user_tables where relname = 'orders'").await;
    let client = Client::stdio(&shop).await;
    let top = client.call("top_queries", json!({ "limit": 100 })).await.unwrap();
    let counted = top["queries"].as_array().unwrap();
    let counted =
        counted.iter().find(|one| one["sql"].as_str().unwrap().contains("customer_id = $1")).unwrap();
    let arguments =
        json!({ "changes": ["create index on orders (customer_id)"], "source": "pg_stat_statements" });
    let answer = client.call("simulate_change", arguments.clone()).await.unwrap();
    let planned = answer["statements"].as_array().unwrap();
    let planned = planned.iter().find(|one| one["handle"] == counted["handle"]).expect("it is among them");
    assert_eq!((&planned["calls"], &planned["changed"]), (&json!(5), &json!(true)), "{}", answer.text);
    assert!(planned["cost_after"].as_f64().unwrap() < planned["cost_before"].as_f64().unwrap() / 10.0);
    let upkeep = &answer["objects"][0]["upkeep"];
    assert_eq!(
        (&upkeep["inserted_rows"], &upkeep["updated_rows"]),
        (&json!(200_000), &json!(0)),
        "{}",
        answer.text
    );
    let mut both = arguments;
    both["statements"] = json!([LOOKUP]);
    assert_eq!(client.call("simulate_change", both).await.unwrap_err().error["code"], "invalid_arguments");
}

#[tokio::test]
async fn proposed_statistics_do_what_they_do_once_gathered() {
    let shop = Database::with(
        "create table places (city text, state text, note text);
         insert into places select 'city' || i % 1000, 'state' || i % 1000 / 20, 'note' || i from generate_series(1, 20000) i;
         analyze",
    )
    .await;
    let client = Client::stdio(&shop).await;
    let together = "select * from places where city = 'city7' and state = 'state0' order by note";
    let ddl = "create statistics p (dependencies) on city, state from places";
    let arguments = json!({ "changes": [ddl], "statements": [together] });
    let answer = client.call("simulate_change", arguments).await.unwrap();
    assert_eq!(answer["statements"][0]["changed"], true, "{}", answer.text);
    assert!(answer.text.contains("assumed"), "{}", answer.text);
    shop.execute(&format!("{ddl}; analyze")).await;
    assert!(near(&answer["statements"][0]["cost_after"], cost(&shop, together).await), "{}", answer.text);
}

/// Where a server under test makes its shadows: a temporary directory that is its own, so that what is left can be seen.
struct Ground(tempfile::TempDir);

impl Ground {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    async fn client(&self, shop: &Database) -> Client {
        let mut command = pgwright(&["--dsn", &shop.dsn(), "serve"]);
        command.env("TMPDIR", self.0.path());
        Client::spawn(command, Era::Sessions).await
    }

    fn clusters(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Whether the server of a shadow has come that far.
    fn has(&self, reached: fn(&Path) -> bool) -> bool {
        self.clusters().iter().any(|cluster| reached(cluster))
    }

    fn is_clean(&self) -> bool {
        let directory = self.0.path().display().to_string();
        self.clusters().is_empty() && !command_lines().iter().any(|line| line.contains(&directory))
    }
}

/// A cluster's own databases have numbers below.
fn has_shadow(cluster: &Path) -> bool {
    let databases = std::fs::read_dir(cluster.join("data/base")).into_iter().flatten();
    databases
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .any(|oid| oid >= 16_384)
}

#[tokio::test]
async fn a_killed_server_leaves_no_shadow() {
    let shop = Database::with(SHOP).await;
    let arguments = json!({
        "changes": ["create index on orders (customer_id)", "create index on orders (total, day)"],
        "statements": [LOOKUP],
    });
    let moments: [fn(&Path) -> bool; 3] = [
        |cluster| cluster.join("lock").exists(),
        |cluster| cluster.join("data/postmaster.pid").exists(),
        has_shadow,
    ];
    for (number, moment) in moments.into_iter().enumerate() {
        let ground = Ground::new();
        let client = ground.client(&shop).await;
        let running = client.start("simulate_change", arguments.clone()).await;
        eventually("the shadow is being made", || async { ground.has(moment) }).await;
        client.kill_server();
        running.ended().await;
        let next = ground.client(&shop).await;
        next.call("simulate_change", arguments.clone()).await.unwrap();
        next.kill_server();
        eventually(&format!("nothing is left, {number}"), || async { ground.is_clean() }).await;
    }
}

#[tokio::test]
async fn a_snapshot_answers_as_its_database() {
    let shop = Database::with(SHOP).await;
    let role = format!("{}_reader", shop.name());
    let view = "create view cities as select c.city, longest(o.day::text) from customers c join orders o on o.customer_id = c.id group by 1";
    shop.execute(&format!(
        "create aggregate longest(text) (sfunc = text_larger, stype = text); {view};
         create role {role} login; grant select on all tables in schema public to {role}"
    ))
    .await;
    let ground = Ground::new();
    let taken = ground.0.path().join("shop.json");
    let mut command = pgwright(&["snapshot", "--dsn", &shop.dsn_as(&role), "-o"]);
    let output = command.arg(&taken).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::metadata(&taken).unwrap().permissions().mode() & 0o777, 0o600);
    let arguments = json!({
        "changes": ["create index on orders (customer_id)"],
        "statements": [LOOKUP, "select * from cities where city = 'city 7'"],
    });
    let client = Client::stdio(&shop).await;
    let mut offline = arguments.clone();
    let mut arguments = arguments;
    // Where there are rows, what a function does must be known first.
    arguments["statements"].as_array_mut().unwrap().truncate(1);
    let live = client.call("simulate_change", arguments).await.unwrap();
    offline["snapshot"] = json!(std::fs::read_to_string(&taken).unwrap());
    let mut process =
        pgwright(&["call", "simulate_change", "--json", "-", "--format", "json", "--dsn", &shop.dsn()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
    process.stdin.take().unwrap().write_all(offline.to_string().as_bytes()).await.unwrap();
    let output = process.wait_with_output().await.unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = answer["statements"].as_array().unwrap();
    assert!(statements.iter().all(|one| one["error"].is_null()) && statements.len() == 2, "{answer}");
    assert!(statements.contains(&live["statements"][0]), "{answer}");
    assert_eq!(answer["objects"], live["objects"], "{answer}");
}
