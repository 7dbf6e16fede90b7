//! The plans of statements are kept where that is wanted: in pgwright's own state, without values, a bounded number.

use serde_json::json;

use crate::support::{Client, Configuration, Database, Era, pgwright};

const SHOP: &str = "
    create table orders (id int primary key, customer_id int not null, note text);
    insert into orders select i, i % 5000, 'secret ' || i from generate_series(1, 100000) i;
    create index orders_customer on orders (customer_id);
    analyze orders;
";

/// A client of the shop that keeps plans in another database.
async fn keeping(shop: &Database, state: &Database) -> Client {
    Client::configured(&format!(
        "databases: {{shop: {{dsn: \"{}\"}}, notes: {{dsn: \"{}\"}}}}\ndefault_database: shop\nstate: notes\nexplain: {{history: true}}",
        shop.dsn(),
        state.dsn()
    ))
    .await
}

#[tokio::test]
async fn a_plan_that_changed_is_named_with_when_and_how() {
    let (shop, state) = (Database::with(SHOP).await, Database::new().await);
    let client = keeping(&shop, &state).await;
    let explain = async |customer: i32| {
        let sql =
            format!("select * from orders where customer_id = {customer} and note <> 'secret {customer}'");
        client.call("explain_query", json!({ "sql": sql })).await.unwrap()
    };
    let first = explain(42).await;
    assert!(first["history"].is_null() && first["history_error"].is_null(), "{}", first.text);
    shop.execute("drop index orders_customer").await;
    let changed = explain(43).await;
    let (before, after) = (first["plan"]["total_cost"].clone(), changed["plan"]["total_cost"].clone());
    assert_eq!((&changed["history"]["cost_before"], &changed["history"]["cost_after"]), (&before, &after));
    let change = &changed["history"]["changes"][0];
    assert!(change["before"].as_str().unwrap().contains("orders_customer"), "{change}");
    assert!(change["after"].as_str().unwrap().contains("Seq Scan"), "{change}");
    let day: String = state.value("select to_char(now() at time zone 'utc', 'YYYY-MM-DD')").await;
    assert!(changed.text.contains(&format!("this plan changed on {day}")), "{}", changed.text);
    // Explained again, it says the same day: the plan has not changed since.
    let again = explain(44).await;
    assert_eq!(again["history"]["changed_at"], changed["history"]["changed_at"]);
    assert_eq!(
        state.value::<i64>("select count(*) from pgwright.plans").await,
        2,
        "values make no other statement"
    );
}

#[tokio::test]
async fn no_value_is_kept_and_nothing_is_written_to_the_database_that_is_asked_about() {
    let (shop, state) = (Database::with(SHOP).await, Database::new().await);
    let client = keeping(&shop, &state).await;
    let sql = "select * from orders where note = 'secret 4711' and customer_id in (4711, 4712)";
    client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    let kept: String = state.value("select string_agg(p::text, ' ') from pgwright.plans p").await;
    assert!(kept.contains("orders") && !kept.contains("secret") && !kept.contains("4711"), "{kept}");
    assert_eq!(shop.value::<Option<String>>("select to_regnamespace('pgwright')::text").await, None);
}

#[tokio::test]
async fn twenty_plans_of_a_statement_are_kept() {
    let (shop, state) = (Database::with(SHOP).await, Database::new().await);
    let client = keeping(&shop, &state).await;
    let sql = "select * from orders where customer_id = 42";
    for number in 0..23 {
        shop.execute(&format!("alter index orders_customer rename to renamed_{number}")).await;
        client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        shop.execute(&format!("alter index renamed_{number} rename to orders_customer")).await;
    }
    assert_eq!(state.value::<i64>("select count(*) from pgwright.plans").await, 20);
    let oldest = "select count(*) from pgwright.plans where skeleton like '%renamed_2\"%'";
    assert_eq!(state.value::<i64>(oldest).await, 0);
}

#[tokio::test]
async fn settings_that_are_tried_and_plans_for_any_value_are_no_change() {
    let (shop, state) = (Database::with(SHOP).await, Database::new().await);
    let client = keeping(&shop, &state).await;
    let sql = "select * from orders where customer_id < $1";
    for arguments in [
        json!({ "sql": sql, "params": [3] }),
        json!({ "sql": sql }),
        json!({ "sql": sql, "params": [3], "settings": { "enable_bitmapscan": false, "enable_indexscan": false } }),
        json!({ "sql": sql, "params": [3] }),
    ] {
        let answer = client.call("explain_query", arguments.clone()).await.unwrap();
        assert!(answer["history"].is_null(), "{arguments}: {}", answer.text);
    }
}

#[tokio::test]
async fn where_the_state_is_missing_the_plan_is_explained_all_the_same() {
    let (shop, state) = (Database::with(SHOP).await, Database::new().await);
    let configuration = Configuration::new(&format!(
        "databases: {{shop: {{dsn: \"{}\"}}, notes: {{dsn: \"{}\", environment: production, allow_privileged_role: true}}}}\n\
         default_database: shop\nstate: notes\nexplain: {{history: true}}",
        shop.dsn(),
        state.dsn()
    ));
    let arguments = ["--config", configuration.path(), "serve"];
    let client = Client::launch(&arguments, Era::Sessions).await;
    let explain = json!({ "sql": "select * from orders where id = 1" });
    let answer = client.call("explain_query", explain.clone()).await.unwrap();
    assert!(answer.text.contains("pgwright state init --database notes"), "{}", answer.text);
    assert_eq!(state.value::<Option<String>>("select to_regnamespace('pgwright')::text").await, None);
    let made = pgwright(&["--config", configuration.path(), "state", "init", "--database", "notes"]);
    assert!({ made }.output().await.unwrap().status.success());
    let answer = client.call("explain_query", explain).await.unwrap();
    assert!(answer["history_error"].is_null(), "{}", answer.text);
    assert_eq!(state.value::<i64>("select count(*) from pgwright.plans").await, 1);
}

#[tokio::test]
async fn by_default_plans_are_kept_in_the_private_cluster_and_found_by_the_next_process() {
    let shop = Database::with(SHOP).await;
    let data = tempfile::tempdir().unwrap();
    let reachable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(data.path(), reachable).unwrap();
    let configuration = Configuration::new(&format!(
        "databases: {{shop: {{dsn: \"{}\"}}}}\nexplain: {{history: true}}",
        shop.dsn()
    ));
    let sql = json!({ "sql": "select * from orders where customer_id = 42" }).to_string();
    let mut answers = Vec::new();
    for prepare in ["", "drop index orders_customer"] {
        shop.execute(prepare).await;
        let call =
            ["--config", configuration.path(), "call", "explain_query", "--json", &sql, "--format", "json"];
        let output = pgwright(&call).env("PGWRIGHT_DATA_DIR", data.path()).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        answers.push(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap());
    }
    assert!(
        answers[0]["history"].is_null() && answers[0]["history_error"].is_null(),
        "{:#}",
        answers[0]["history_error"]
    );
    assert_eq!(answers[1]["history"]["cost_before"], answers[0]["plan"]["total_cost"]);
    assert_eq!(shop.value::<Option<String>>("select to_regnamespace('pgwright')::text").await, None);
}
