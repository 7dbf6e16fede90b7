//! `explain_query` through the door: plans, findings, parameters, and everything that must be refused.

use serde_json::{Value, json};

use crate::support::{Client, Database, Era, NEWER, OLDER};

const SHOP: &str = "
    create table customers (id int primary key, name text not null);
    insert into customers select i, 'customer ' || i from generate_series(1, 5000) i;
    create table orders (id int primary key, customer_id int not null, total numeric(10, 2), placed_on date not null);
    insert into orders
    select i, i % 5000 + 1, i % 1000, date '2024-01-01' + i % 365 from generate_series(1, 200000) i;
    analyze;
";

async fn shop(major: u16) -> (Database, Client) {
    let shop = Database::on(major).await;
    shop.execute(SHOP).await;
    let client = Client::stdio(&shop).await;
    (shop, client)
}

fn finding<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {findings:#?}"))
}

#[tokio::test]
async fn a_scan_that_keeps_few_rows_is_named_with_its_table_on_both_versions() {
    for major in [OLDER, NEWER] {
        let (_shop, client) = shop(major).await;
        let sql = "select * from orders where customer_id = 42";
        let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
        let found = finding(&answer, "seq_scan_low_yield");
        assert_eq!(found["object"], "public.orders", "{major}");
        assert!(found["advice"].as_str().unwrap().contains("(customer_id)"), "{found}");
        assert!(answer.text.starts_with(answer["verdict"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn a_healthy_look_up_is_left_alone() {
    let (_shop, client) = shop(OLDER).await;
    let sql = "select * from orders where id = 42";
    let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    assert_eq!(answer["findings"], json!([]), "{}", answer.text);
}

#[tokio::test]
async fn the_figures_are_postgresqls_own() {
    let (shop, client) = shop(OLDER).await;
    let sql = "select count(*) from orders where total > 990";
    let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    let kept: i64 = shop.value(sql).await;
    let all: i64 = shop.value("select count(*) from orders").await;
    let nodes = answer["plan"]["nodes"].as_array().unwrap();
    let scan = nodes.iter().find(|node| node["relation"] == "public.orders").unwrap();
    let (actual, removed) = (scan["actual_rows"].as_f64().unwrap(), scan["removed_rows"].as_f64().unwrap());
    // Averages over parallel processes are rounded, by at most half a row a process.
    assert!((actual - kept as f64).abs() <= 3.0 && (removed - (all - kept) as f64).abs() <= 3.0, "{scan}");
}

#[tokio::test]
async fn parameters_are_planned_with_values_or_as_the_generic_plan_on_both_versions() {
    for major in [OLDER, NEWER] {
        let (_shop, client) = shop(major).await;
        let sql = "select * from orders where placed_on = $1 and total > $2";
        let with_values = json!({ "sql": sql, "params": ["2024-02-03", 5], "analyze": true });
        assert!(client.call("explain_query", with_values).await.is_ok(), "{major}");
        let generic = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        assert!(generic.text.contains("$1"), "{}", generic.text);
        let failure = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap_err();
        assert!(failure.text.contains("a value for every parameter"), "{}", failure.text);
        let failure =
            client.call("explain_query", json!({ "sql": sql, "params": ["2024-02-03"] })).await.unwrap_err();
        assert!(failure.text.contains("takes 2 parameters, and params holds 1 value"), "{}", failure.text);
        let wrong = json!({ "sql": sql, "params": ["no date", 5] });
        let failure = client.call("explain_query", wrong).await.unwrap_err();
        assert_eq!(failure.error["code"], "22007");
        assert!(!failure.text.contains("no date"), "values stay out of errors: {}", failure.text);
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_with_the_nearest_names() {
    let (_shop, client) = shop(OLDER).await;
    for (sql, code, nearest) in [
        ("select * from orderz", "42P01", "public.orders"),
        ("select customer_idd from orders", "42703", "customer_id"),
        ("select o.totl from orders o join customers c on c.id = o.customer_id", "42703", "total"),
    ] {
        let failure = client.call("explain_query", json!({ "sql": sql })).await.unwrap_err();
        assert_eq!(failure.error["code"], code, "{sql}");
        assert!(failure.text.contains(nearest), "{sql}: {}", failure.text);
    }
}

#[tokio::test]
async fn a_syntax_error_says_where() {
    let (_shop, client) = shop(OLDER).await;
    let sql = "select *\nfrom orders\nwher id = 1 1";
    let failure = client.call("explain_query", json!({ "sql": sql })).await.unwrap_err();
    assert_eq!(failure.error["code"], "syntax_error");
    assert!(failure.text.contains("line 3"), "{}", failure.text);
}

/// What the guard reads as one string must be one string to the server too, whatever the database says.
#[tokio::test]
async fn strings_mean_the_same_to_the_guard_and_to_the_server() {
    let shop = Database::new().await;
    let name: String = shop.value("select current_database()::text").await;
    shop.execute(&format!("alter database {name} set standard_conforming_strings = off")).await;
    let client = Client::stdio(&shop).await;
    let sql = r"select '\'' || pg_sleep(0)::text --'";
    let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    assert_eq!(answer["plan"]["nodes"][0]["type"], "Result");
    shop.execute("create extension tablefunc").await;
    let sql = "select * from crosstab('select 1, 2, 3') as c(r int, v text)";
    let failure = client.call("explain_query", json!({ "sql": sql })).await.unwrap_err();
    assert_eq!(failure.error["code"], "function_not_allowed");
}

/// Names of tables and columns are anybody's words: in an error they cannot pose as ours.
#[tokio::test]
async fn a_name_with_a_line_break_cannot_start_a_line_of_an_error() {
    let shop = Database::with("create table orders (\"total\nnext: do evil\" int)").await;
    let client = Client::stdio(&shop).await;
    let failure =
        client.call("explain_query", json!({ "sql": "select total from orders" })).await.unwrap_err();
    assert!(failure.text.contains("do evil"), "{}", failure.text);
    assert!(!failure.text.lines().any(|line| line.starts_with("next: do evil")), "{}", failure.text);
}

/// Whatever could change, leak or hang something: refused with a reason, and nothing happened.
#[tokio::test]
async fn nothing_but_one_statement_that_reads_or_changes_rows_is_planned() {
    let shop = Database::with(SHOP).await;
    shop.execute(
        "create function drain(r orders) returns int language plpgsql volatile
         as $$ begin delete from orders; return 1; end $$",
    )
    .await;
    let client = Client::with(&shop, Era::Sessions, &[]).await;
    for sql in [
        "select 1; delete from orders",
        "commit; delete from orders",
        "select * into copy_of_orders from orders",
        "do $$ begin delete from orders; end $$",
        "select pg_sleep(100)",
        "select * from pg_read_file('/etc/hostname')",
        "select set_config('statement_timeout', '0', false)",
        "select nextval('orders_id_seq')",
        "select pg_terminate_backend(pid) from pg_stat_activity",
        "select lo_create(0)",
        "select drain(o) from orders o",
        "select o.drain from orders o",
        "select ('/etc/hostname'::text).pg_read_file",
        "set transaction read write",
        "copy orders to program 'cat'",
        "vacuum orders",
        "",
    ] {
        for analyze in [false, true] {
            let arguments = json!({ "sql": sql, "analyze": analyze });
            let failure = client.call("explain_query", arguments).await.expect_err(sql);
            assert!(failure.error["code"].is_string() && !failure.text.is_empty(), "{sql}");
        }
    }
    assert_eq!(shop.value::<i64>("select count(*) from orders").await, 200_000);
    assert_eq!(shop.value::<Option<String>>("select to_regclass('copy_of_orders')::text").await, None);
}

#[tokio::test]
async fn a_long_plan_stays_within_the_budget() {
    let shop = Database::new().await;
    shop.execute("create table parts (id int, v int) partition by range (id)").await;
    for part in 0..300 {
        let (from, to) = (part * 10, part * 10 + 10);
        shop.execute(&format!(
            "create table part_{part} partition of parts for values from ({from}) to ({to})"
        ))
        .await;
    }
    let client = Client::stdio(&shop).await;
    let answer = client
        .call("explain_query", json!({ "sql": "select * from parts where v = 1", "analyze": true }))
        .await
        .unwrap();
    assert!(answer.text.len() < 8_000, "{} characters", answer.text.len());
    assert!(answer["plan"]["omitted_nodes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_pasted_plan_is_judged_without_any_database() {
    // Nothing listens there: the plan must not need it.
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let text = include_str!("../tools/plan/fixtures/pairs/15/seq_scan_low_yield.txt");
    let json = include_str!("../tools/plan/fixtures/pairs/15/seq_scan_low_yield.json");
    for plan in [text, json] {
        let answer = client.call("explain_query", json!({ "plan": plan })).await.unwrap();
        assert_eq!(finding(&answer, "seq_scan_low_yield")["object"], "orders", "{}", answer.text);
    }
    for (arguments, code) in [
        (json!({ "plan": "select 1" }), "unreadable_plan"),
        (json!({ "plan": text, "sql": "select 1" }), "invalid_arguments"),
        (json!({ "plan": text, "analyze": true }), "invalid_arguments"),
        (json!({}), "invalid_arguments"),
    ] {
        assert_eq!(client.call("explain_query", arguments).await.unwrap_err().error["code"], code);
    }
}

#[tokio::test]
async fn two_ways_to_write_a_query_are_compared_node_by_node() {
    let (shop, client) = shop(OLDER).await;
    shop.execute(
        "create index orders_placed on orders (placed_on); analyze orders;
         create function cost_of(q text) returns float8 language plpgsql as $$ declare plan json; begin
             execute 'explain (format json) ' || q into plan; return plan -> 0 -> 'Plan' ->> 'Total Cost'; end $$",
    )
    .await;
    let cast = "select id from orders where placed_on::text = '2024-05-05'";
    let plain = "select id from orders where placed_on = '2024-05-05'";
    let answer = client.call("explain_query", json!({ "sql": cast, "compare_to": plain })).await.unwrap();
    let comparison = &answer["comparison"];
    assert_eq!(comparison["same_columns"], true);
    assert!(comparison["changes"][0]["after"].as_str().unwrap().contains("orders_placed"), "{comparison}");
    for (key, sql) in [("cost_before", cast), ("cost_after", plain)] {
        let cost: f64 = shop.value(&format!("select cost_of($q${sql}$q$)")).await;
        assert!((comparison[key].as_f64().unwrap() / cost - 1.0).abs() < 0.001, "{comparison} {cost}");
    }
    let other = client
        .call("explain_query", json!({ "sql": plain, "compare_to": "select id, 1 as one from orders" }))
        .await
        .unwrap();
    assert_eq!(other["comparison"]["same_columns"], false);
    // With a plan that was pasted the columns are not known.
    let pasted = include_str!("../tools/plan/fixtures/pairs/15/healthy_sort.txt");
    let answer = client.call("explain_query", json!({ "sql": plain, "compare_to": pasted })).await.unwrap();
    assert!(
        answer["comparison"]["same_columns"].is_null() && answer.text.contains("compare_to: estimated cost")
    );
}

#[tokio::test]
async fn as_much_of_the_plan_is_shown_as_was_asked_for() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let member = "  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let plan = format!("Append  (cost=0.00..100.00 rows=100 width=4)\n{}", member.repeat(100));
    let ask = |detail: &str| client.call("explain_query", json!({ "plan": plan, "detail": detail }));
    let (summary, tree, full) =
        (ask("summary").await.unwrap(), ask("tree").await.unwrap(), ask("full").await.unwrap());
    let scans = |answer: &crate::support::Answer| answer.text.matches("Seq Scan t").count();
    assert_eq!((scans(&summary), summary["plan"]["omitted_nodes"].as_u64()), (0, Some(101)));
    assert!(scans(&tree) < 100 && tree.text.contains("cheap nodes hidden"), "{}", tree.text);
    assert_eq!(scans(&full), 100);
}

#[tokio::test]
async fn what_only_the_catalogue_knows_is_found_on_both_versions() {
    for major in [OLDER, NEWER] {
        let (shop, client) = shop(major).await;
        shop.execute(
            "create table places (id int, city int, zip int);
             insert into places select i, i % 50, i % 50 from generate_series(1, 50000) i;
             create table queue (id int, body text);
             insert into queue select i, repeat('x', 100) from generate_series(1, 50000) i;
             delete from queue where id % 200 <> 0;
             create table staging as select i as id, 1 as kind from generate_series(1, 50000) i;
             select pg_stat_force_next_flush();",
        )
        .await;
        // The rows are counted as changed before, not after.
        shop.execute("analyze places; analyze queue").await;
        for (sql, rule, object) in [
            ("select * from places where city = 7 and zip = 7", "ext_stats_missing", "public.places"),
            ("select * from queue where id > 10", "table_bloat_suspect", "public.queue"),
            ("select * from staging where kind = 1", "stats_missing", "public.staging"),
        ] {
            let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
            assert_eq!(finding(&answer, rule)["object"], object, "{major}: {sql}");
        }
    }
}

/// A shop whose server counts statements, and what its statistics call those that hold this text.
async fn counted_shop(major: u16) -> (Database, Client) {
    let (shop, client) = shop(major).await;
    shop.execute("create schema monitoring; create extension pg_stat_statements schema monitoring").await;
    (shop, client)
}

async fn handle(client: &Client, fragment: &str) -> String {
    let answer = client.call("top_queries", json!({ "limit": 100 })).await.unwrap();
    let queries = answer["queries"].as_array().unwrap();
    let found = queries.iter().find(|query| query["sql"].as_str().unwrap().contains(fragment));
    let found = found.unwrap_or_else(|| panic!("no {fragment} in {queries:#?}"));
    found["handle"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_statement_is_explained_by_the_handle_that_top_queries_gave_it_on_both_versions() {
    for major in [OLDER, NEWER] {
        let (shop, client) = counted_shop(major).await;
        for day in 1..=3 {
            let sql = format!(
                "select count(*) from orders where placed_on >= date '2024-01-0{day}' - interval '1 day' and total > numeric '5'"
            );
            shop.value::<i64>(&sql).await;
        }
        // As it is counted it can't be parsed: date $1, interval $2, numeric $3.
        let handle = handle(&client, "placed_on >= date $1").await;
        let generic = client.call("explain_query", json!({ "handle": handle })).await.unwrap();
        assert_eq!(generic["recorded"]["calls"], 3, "{major}: {}", generic.text);
        assert!(generic.text.contains("$1"), "{major}: {}", generic.text);
        let values = json!({ "handle": handle, "params": ["2024-01-02", "1 day", 5], "analyze": true });
        let measured = client.call("explain_query", values).await.unwrap();
        let kept: i64 = shop
            .value("select count(*) from orders where placed_on >= date '2024-01-02' - interval '1 day' and total > 5")
            .await;
        let nodes = measured["plan"]["nodes"].as_array().unwrap();
        let scan = nodes.iter().find(|node| node["relation"] == "public.orders").unwrap();
        assert!((scan["actual_rows"].as_f64().unwrap() - kept as f64).abs() <= 3.0, "{major}: {scan}");
    }
}

#[tokio::test]
async fn a_handle_that_leads_nowhere_says_why() {
    let (shop, client) = counted_shop(OLDER).await;
    shop.value::<i64>("select count(*) from orders where customer_id = 7").await;
    let handle = handle(&client, "where customer_id").await;
    let (statement, database) = handle.split_once('-').unwrap();
    for (handle, code, said) in [
        ("select 1".to_owned(), "invalid_arguments", "top_queries"),
        (format!("{statement}-1"), "invalid_arguments", "another database"),
        (format!("q1-{database}"), "unknown_handle", "no statement"),
    ] {
        let failure = client.call("explain_query", json!({ "handle": handle })).await.unwrap_err();
        assert_eq!(failure.error["code"], code, "{handle}");
        assert!(failure.text.contains(said), "{handle}: {}", failure.text);
    }
    shop.execute("select monitoring.pg_stat_statements_reset(0, (select oid from pg_database where datname = current_database()), 0)").await;
    let failure = client.call("explain_query", json!({ "handle": handle })).await.unwrap_err();
    assert_eq!(failure.error["code"], "unknown_handle");
}

/// PostgreSQL's own estimates with and without the setting, on a connection of the test.
async fn cost(shop: &Database, settings: &str, sql: &str) -> f64 {
    shop.execute(
        "create or replace function cost_of(q text) returns float8 language plpgsql as $$ declare plan json; begin
             execute 'explain (format json) ' || q into plan; return plan -> 0 -> 'Plan' ->> 'Total Cost'; end $$",
    )
    .await;
    shop.execute(&format!("begin; {settings}")).await;
    let cost = shop.value(&format!("select cost_of($q${sql}$q$)")).await;
    shop.execute("rollback").await;
    cost
}

#[tokio::test]
async fn settings_are_tried_on_one_statement_and_gone_afterwards_on_both_versions() {
    for major in [OLDER, NEWER] {
        let (shop, client) = shop(major).await;
        let sql = "select c.name, o.total from orders o join customers c on c.id = o.customer_id";
        let settings = json!({ "enable_hashjoin": false, "work_mem": "64kB" });
        let answer = client.call("explain_query", json!({ "sql": sql, "settings": settings })).await.unwrap();
        let tried = &answer["settings"];
        assert_eq!(tried["plan_changed"], true, "{major}: {}", answer.text);
        let set = "set local enable_hashjoin = off; set local work_mem = '64kB'";
        for (key, settings) in [("cost_before", ""), ("cost_after", set)] {
            let cost = cost(&shop, settings, sql).await;
            assert!((tried[key].as_f64().unwrap() / cost - 1.0).abs() < 0.001, "{major}: {tried} {cost}");
        }
        let mut kinds =
            answer["plan"]["nodes"].as_array().unwrap().iter().map(|node| node["type"].as_str().unwrap());
        assert!(kinds.all(|kind| kind != "Hash Join"), "the plan is the one with them: {}", answer.text);
        // One connection serves both calls.
        let again = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        assert!(again.text.contains("Hash Join") && again["settings"].is_null(), "{}", again.text);
    }
}

#[tokio::test]
async fn settings_that_reach_further_than_a_plan_are_refused() {
    let (_shop, client) = shop(OLDER).await;
    for (settings, said) in [
        (json!({ "statement_timeout": "0" }), "statement_timeout may not be set here"),
        (json!({ "transaction_read_only": "off" }), "transaction_read_only may not be set here"),
        (json!({ "work_mem": "64MB'; commit; delete from orders; --" }), "work_mem takes"),
        (json!({ "enable_seqscan; commit": "off" }), "may not be set here"),
    ] {
        let arguments = json!({ "sql": "select 1", "settings": settings });
        let failure = client.call("explain_query", arguments).await.unwrap_err();
        assert_eq!(failure.error["code"], "invalid_arguments");
        assert!(failure.text.contains(said), "{}", failure.text);
    }
    let greedy = json!({ "sql": "select 1", "settings": { "work_mem": "8GB" } });
    assert!(client.call("explain_query", greedy).await.is_ok(), "planning takes no memory of it");
    let greedy = json!({ "sql": "select 1", "settings": { "work_mem": "8GB" }, "analyze": true });
    let failure = client.call("explain_query", greedy).await.unwrap_err();
    assert!(failure.text.contains("256MB where the statement runs"), "{}", failure.text);
    // Of another version: PostgreSQL says so.
    let newer = json!({ "sql": "select 1", "settings": { "enable_group_by_reordering": false } });
    assert_eq!(client.call("explain_query", newer).await.unwrap_err().error["code"], "42704");
}

#[tokio::test]
async fn a_setting_that_a_finding_advises_is_tried_before_it_is_praised() {
    let (shop, client) = shop(OLDER).await;
    shop.execute("set work_mem = '64kB'").await;
    let role = format!("{}_small", shop.name());
    shop.execute(&format!(
        "create role {role} login; alter role {role} set work_mem = '64kB'; alter role {role} set max_parallel_workers_per_gather = 0;
         grant select on orders, customers to {role}; alter table orders add note text default repeat('x', 60); analyze orders"
    ))
    .await;
    let small = Client::launch(&["--dsn", &shop.dsn_as(&role), "serve"], Era::Sessions).await;
    let sql = "select * from orders order by note, total";
    let answer = small.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    let spill = finding(&answer, "sort_spill");
    let tried = &spill["tried"][0];
    assert_eq!(tried["by"], "planner", "{spill}");
    let change = tried["change"].as_str().unwrap().replacen("set ", "set local ", 1);
    let set = "set local max_parallel_workers_per_gather = 0";
    let before = cost(&shop, &format!("{set}; set local work_mem = '64kB'"), sql).await;
    let after = cost(&shop, &format!("{set}; {change}"), sql).await;
    assert!((tried["cost_before"].as_f64().unwrap() / before - 1.0).abs() < 0.001, "{tried} {before}");
    assert!((tried["cost_after"].as_f64().unwrap() / after - 1.0).abs() < 0.001, "{tried} {after}");
    assert!(after < before && answer.text.contains("estimated −"), "{}", answer.text);
    drop(client);
}

#[tokio::test]
async fn index_advice_comes_with_what_the_index_would_bring() {
    let (shop, client) = shop(OLDER).await;
    let sql = "select * from orders where customer_id = 42";
    let answer = client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap();
    let found = finding(&answer, "seq_scan_low_yield");
    let tried = &found["tried"][0];
    // No HypoPG here, and the label says so.
    assert!(["modelled", "exact_what_if"].contains(&tried["by"].as_str().unwrap()), "{found}");
    let ddl = tried["change"].as_str().unwrap();
    assert!(
        found["advice"].as_str().unwrap().contains(ddl) && tried["size_bytes"].as_u64().unwrap() > 0,
        "{found}"
    );
    let before = tried["cost_before"].as_f64().unwrap();
    // Built for real, PostgreSQL says about the same.
    shop.execute(&ddl.replace(" concurrently", "")).await;
    let built = cost(&shop, "", sql).await;
    let after = tried["cost_after"].as_f64().unwrap();
    assert!(built < before / 10.0 && after < before / 10.0, "{tried}: built it costs {built}");
    let next = answer.text.lines().last().unwrap();
    let call = next.strip_prefix("next: suggest_index ").unwrap();
    let call: Value = serde_json::from_str(call).unwrap();
    assert!(client.call("suggest_index", call).await.is_ok(), "the next step can be sent as it stands");
}

#[tokio::test]
async fn a_pasted_plan_names_no_next_step() {
    let client =
        Client::launch(&["--dsn", "postgres://nobody@127.0.0.1:1/none", "serve"], Era::Sessions).await;
    let plan = include_str!("../tools/plan/fixtures/pairs/15/seq_scan_low_yield.txt");
    let answer = client.call("explain_query", json!({ "plan": plan })).await.unwrap();
    assert!(
        answer.text.contains("create index") && answer.text.contains("not yet proven"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("next:"), "{}", answer.text);
}
