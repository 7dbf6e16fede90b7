//! `suggest_index` through a client: what it suggests is built and PostgreSQL uses it; what would not pay is not
//! suggested.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Configuration, Database, Era, NEWER, pgwright};

/// 20,000 customers with 300,000 orders and 600,000 items, a table too small to index, a view, and one never analysed.
const SHOP: &str = include_str!("suggest_index/shop.sql");
/// 200,000 letters that ask for an index of every kind.
const KINDS: &str = include_str!("suggest_index/kinds.sql");

async fn shop() -> (Database, Client) {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    (shop, client)
}

async fn ask(client: &Client, statements: &[&str]) -> Answer {
    let statements: Vec<Value> = statements.iter().map(|sql| json!({ "sql": sql })).collect();
    client.call("suggest_index", json!({ "statements": statements })).await.unwrap()
}

fn list<'a>(answer: &'a Answer, key: &str) -> &'a [Value] {
    answer[key].as_array().unwrap()
}

fn ddl(answer: &Answer) -> Vec<&str> {
    list(answer, "suggestions").iter().map(|one| one["ddl"].as_str().unwrap()).collect()
}

fn index_name(suggestion: &Value) -> &str {
    suggestion["ddl"].as_str().unwrap().split(' ').nth(3).unwrap()
}

/// The suggestions are built as they stand, and the plan, its cost and the sizes on disk are held against what was said.
async fn proves_itself(shop: &Database, client: &Client, sql: &str) {
    let answer = ask(client, &[sql]).await;
    let suggestions = list(&answer, "suggestions");
    assert!(!suggestions.is_empty(), "{sql}: {}", answer.text);
    let before = shop.plan(sql).await["Total Cost"].as_f64().unwrap();
    // An autovacuum in between may count the rows a little differently.
    let is_before = |cost: &Value| (cost.as_f64().unwrap() / before - 1.0).abs() < 0.001;
    assert!(is_before(&answer["totals"]["cost_before"]), "{sql}: {} told, {before} now", answer.text);
    for suggestion in suggestions {
        shop.execute(suggestion["ddl"].as_str().unwrap()).await;
        let name = index_name(suggestion);
        let real = shop.value::<i64>(&format!("select pg_relation_size('{name}')")).await;
        #[allow(clippy::cast_precision_loss)]
        let ratio = suggestion["size_bytes"].as_f64().unwrap() / real as f64;
        assert!((1.0 / 1.3..1.3).contains(&ratio), "{name}: {ratio} of its real size");
    }
    let now = shop.plan(sql).await;
    for suggestion in suggestions {
        assert!(now.to_string().contains(index_name(suggestion)), "{suggestion} is not used: {now:#}");
    }
    let (said, real) =
        (answer["totals"]["cost_after"].as_f64().unwrap(), now["Total Cost"].as_f64().unwrap());
    // Once an index exists the planner looks at its ends, and so knows a range at the edge of the data better.
    let is_near = said > real / 2.0 && (said < real * 2.0 || said - real < 150.0);
    assert!(is_near, "{sql}: {said} was said, {real} it is");
    for suggestion in suggestions {
        shop.execute(suggestion["undo"].as_str().unwrap()).await;
    }
    assert!(is_before(&shop.plan(sql).await["Total Cost"]), "undone");
}

#[tokio::test]
async fn suggested_indexes_are_used_once_built_and_have_the_size_that_was_said() {
    let (shop, client) = shop().await;
    for sql in [
        "select * from orders where customer_id = 77",
        "select * from orders where status = 'open' order by created_at desc limit 10",
        "select * from orders o where o.customer_id = 5 order by o.created_at desc limit 10",
        "select * from orders order by created_at desc, order_id limit 20",
        "select o.order_id, sum(i.quantity) from orders o join items i using (order_id) where o.customer_id = 77 group by 1",
        "with r as (select * from orders) select * from r where customer_id = 9 and status = 'open'",
        "select * from (select order_id, created_at as at from orders) x where at >= '2024-07-01' and at < '2024-07-02'",
        "select * from orders a join orders b on b.customer_id = a.customer_id where a.order_id = 3",
        "select * from orders where note like 'abcd%'",
        "select c.name, (select max(created_at) from orders o where o.customer_id = c.customer_id) \
         from customers c where c.email = 'user3@example.com'",
        // What runs once beside the scan costs what it costs: on one table twice, and beside a parallel scan.
        "select * from orders where customer_id = (select min(customer_id) from orders where note = 'abcd')",
        "select * from items where order_id = (select order_id from orders where note = 'abcd')",
    ] {
        proves_itself(&shop, &client, sql).await;
    }
}

#[tokio::test]
async fn every_kind_of_index_is_suggested_where_it_pays_and_used_once_built() {
    let letters = Database::new().await;
    for statement in KINDS.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        letters.execute(statement).await;
    }
    let client = Client::stdio(&letters).await;
    for (sql, wanted) in [
        (
            "select id, at from letters where state = 'waiting' order by at limit 10",
            "where state = 'waiting'",
        ),
        (
            "select id from letters where answered_at is null and at > '2024-05-01' order by at",
            "where answered_at is null",
        ),
        ("select id, sender from letters where spam order by at desc limit 5", "where spam"),
        (
            "select id from letters where state in ('waiting', 'lost') order by at limit 5",
            "where state in ('waiting', 'lost')",
        ),
        ("select id from letters where lower(sender) = 'anna.0cc175b9c@mail.test'", "((lower(sender)))"),
        ("select count(*) from letters where at::date = '2024-02-03'", "((at::DATE))"),
        ("select id from letters where doc ->> 'order' = '77'", "doc ->> 'order'"),
        ("select id from letters where sender like 'Anna.0cc1%'", "text_pattern_ops"),
        ("select id from letters where body ilike '%c81e728d%'", "gin (body gin_trgm_ops)"),
        ("select id from letters where doc @> '{\"order\": 77}'", "gin (doc jsonb_path_ops)"),
        ("select id from letters where tags @> array['tag-77']", "gin (tags)"),
        ("select id from letters where words @@ to_tsquery('english', 'c81e728d')", "gin (words)"),
    ] {
        let answer = ask(&client, &[sql]).await;
        let suggestions = list(&answer, "suggestions");
        assert_eq!(suggestions.len(), 1, "{sql}: {}", answer.text);
        let suggestion = &suggestions[0];
        assert!(suggestion["ddl"].as_str().unwrap().contains(wanted), "{sql}: {suggestion}");
        letters.execute(suggestion["ddl"].as_str().unwrap()).await;
        letters.execute("analyze letters").await;
        let now = letters.plan(sql).await;
        assert!(now.to_string().contains(index_name(suggestion)), "{suggestion} is not used: {now:#}");
        let before = suggestion["affected"][0]["cost_before"].as_f64().unwrap();
        assert!(now["Total Cost"].as_f64().unwrap() < before / 3.0, "{suggestion}: {now:#}");
        letters.execute(suggestion["undo"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn parameters_are_tried_with_common_and_rare_values() {
    let (shop, client) = shop().await;
    let answer =
        ask(&client, &["select * from orders where customer_id = $1 and created_at > timestamp $2"]).await;
    assert_eq!(ddl(&answer).len(), 1, "{}", answer.text);
    assert!(ddl(&answer)[0].contains("customer_id"), "{}", answer.text);
    drop(shop);
}

#[tokio::test]
async fn a_shadow_judges_as_exactly_as_the_planner_itself() {
    let (shop, client) = shop().await;
    let sql = "select * from orders where customer_id = 77 and created_at > '2024-07-01'";
    let answer = ask(&client, &[sql]).await;
    let suggestion = &list(&answer, "suggestions")[0];
    assert_eq!(suggestion["confidence"], "exact_what_if", "{}", answer.text);
    shop.execute(suggestion["ddl"].as_str().unwrap()).await;
    let (said, real) = (
        answer["totals"]["cost_after"].as_f64().unwrap(),
        shop.plan(sql).await["Total Cost"].as_f64().unwrap(),
    );
    assert!((said / real - 1.0).abs() < 0.1, "{said} was said, {real} it is");
}

#[tokio::test]
async fn writes_are_counted_as_upkeep() {
    let (_shop, client) = shop().await;
    let read = "select * from orders where customer_id = 77";
    let write = "insert into orders (order_id, customer_id) select n, n from generate_series(1, 9) n";
    let both =
        |calls: f64| json!({ "statements": [{ "sql": read, "calls": 1 }, { "sql": write, "calls": calls }] });
    let few = client.call("suggest_index", both(1.0)).await.unwrap();
    assert_eq!(ddl(&few).len(), 1, "{}", few.text);
    assert!(few["skipped"][0]["reason"].as_str().unwrap().contains("upkeep"), "{}", few.text);
    let many = client.call("suggest_index", both(1e9)).await.unwrap();
    assert!(ddl(&many).is_empty(), "{}", many.text);
}

#[tokio::test]
async fn a_newer_postgres_is_advised_as_well() {
    let shop = Database::on(NEWER).await;
    shop.execute(SHOP).await;
    let client = Client::stdio(&shop).await;
    for sql in [
        "select * from orders where customer_id = 77",
        "select * from orders where status = 'open' order by created_at desc limit 10",
        "select o.order_id, i.sku from orders o join items i using (order_id) where o.customer_id = 77",
    ] {
        proves_itself(&shop, &client, sql).await;
    }
    let answer = ask(&client, &["select * from orders where customer_id = $1"]).await;
    assert!(ddl(&answer)[0].ends_with("(customer_id)"), "{}", answer.text);
}

#[tokio::test]
async fn a_mixed_order_keeps_its_directions() {
    let (_shop, client) = shop().await;
    let sql = "select * from orders where status = 'open' order by amount, created_at desc limit 5";
    let answer = ask(&client, &[sql]).await;
    assert!(
        ddl(&answer)[0].ends_with("on public.orders (amount, created_at desc) where status = 'open'"),
        "{}",
        answer.text
    );
    let descending = "select * from orders order by created_at desc, status limit 5";
    let answer = ask(&client, &[descending]).await;
    assert!(
        ddl(&answer)[0].ends_with("on public.orders (created_at, status desc)"),
        "the key is read backwards: {}",
        answer.text
    );
}

#[tokio::test]
async fn two_statements_share_one_index() {
    let (_shop, client) = shop().await;
    let answer = ask(
        &client,
        &[
            "select * from orders where customer_id = 77 order by created_at desc limit 10",
            "select amount from orders where customer_id = 78 and created_at >= '2024-07-27'",
        ],
    )
    .await;
    assert_eq!(ddl(&answer).len(), 1, "{}", answer.text);
    assert!(ddl(&answer)[0].contains("on public.orders (customer_id"), "{}", answer.text);
    let affected: Vec<_> = list(&answer, "suggestions")[0]["affected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["statement"])
        .collect();
    assert_eq!(affected, [0, 1]);
}

#[tokio::test]
async fn no_index_where_none_pays() {
    let (shop, client) = shop().await;
    shop.execute("create index by_customer on orders (customer_id, created_at)").await;
    for (sql, reason) in [
        ("select * from orders where order_id = 4", "orders_pkey finds its row already"),
        (
            "select * from customers where email = 'user3@example.com'",
            "customers_email_key finds its row already",
        ),
        ("select * from orders where customer_id = 4", "served already by by_customer"),
        ("select * from lookup where kind = 3", "so small"),
        ("select count(*) from orders", "all rows"),
        ("select * from orders where status = 'paid'", "leave so many rows"),
        ("select 1", "reads no table"),
    ] {
        let answer = ask(&client, &[sql]).await;
        assert!(ddl(&answer).is_empty(), "{sql}: {}", answer.text);
        assert!(answer.text.starts_with("no index pays: "), "{sql}: {}", answer.text);
        assert!(answer["unhelped"][0]["reason"].as_str().unwrap().contains(reason), "{sql}: {}", answer.text);
    }
}

#[tokio::test]
async fn bad_statements_are_skipped_and_the_good_one_is_advised_on() {
    let (shop, client) = shop().await;
    let answer = ask(
        &client,
        &[
            "selec 1",
            "select * from orderz",
            "select nope from orders",
            "update orders set note = 'x' where customer_id = 3",
            "select 1; drop table orders",
            "select * from orders where customer_id = 'abc'",
            "select * from orders where customer_id = 77",
        ],
    )
    .await;
    assert_eq!(ddl(&answer).len(), 1, "{}", answer.text);
    assert_eq!(answer["suggestions"][0]["affected"][0]["statement"], 6);
    let skipped = list(&answer, "skipped");
    assert_eq!(
        skipped.iter().map(|one| one["statement"].as_u64().unwrap()).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5]
    );
    let reason = |at: usize| skipped[at]["reason"].as_str().unwrap();
    assert!(reason(1).contains("nearest: public.orders"), "{}", reason(1));
    assert!(reason(2).contains("column \"nope\" does not exist"), "{}", reason(2));
    assert!(reason(3).contains("it writes"), "{}", reason(3));
    assert_eq!(shop.value::<i64>("select count(*) from orders where note = 'x'").await, 0);
}

#[tokio::test]
async fn when_all_are_skipped_the_reasons_are_the_answer() {
    let (_shop, client) = shop().await;
    let answer = ask(&client, &["select * from nowhere_at_all"]).await;
    assert!(answer.text.contains("every statement was skipped"), "{}", answer.text);
    assert_eq!(list(&answer, "skipped").len(), 1);
}

#[tokio::test]
async fn what_no_b_tree_serves_is_said() {
    let (_shop, client) = shop().await;
    let answer = ask(
        &client,
        &[
            "select * from orders where to_char(created_at, 'YYYY-MM-DD HH24:MI') = '2024-02-03 04:05'",
            "select * from orders where note like '%abc'",
            "select * from orders where customer_id = 3 or note = 'x'",
            "select * from raw where id = 4",
            "select * from open_orders where customer_id = 3",
        ],
    )
    .await;
    let kinds: Vec<_> =
        list(&answer, "other_advice").iter().map(|one| one["kind"].as_str().unwrap()).collect();
    // PostgreSQL counts a load that it has just analysed as changes since, until its counters settle.
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != "statistics_stale").collect();
    assert_eq!(
        kinds,
        ["analyze_missing", "expression_on_column", "leading_wildcard", "or_across_columns", "view"],
        "{}",
        answer.text
    );
    assert!(ddl(&answer).is_empty(), "{}", answer.text);
}

#[tokio::test]
async fn superfluous_indexes_come_with_the_way_back() {
    let (shop, client) = shop().await;
    shop.execute("create index short on orders (customer_id)").await;
    shop.execute("create index long on orders (customer_id, created_at)").await;
    shop.execute("create index again on orders (customer_id, created_at)").await;
    let answer = ask(&client, &["select * from orders where customer_id = 77"]).await;
    let mut drops: Vec<_> = list(&answer, "drops").iter().map(|one| one["ddl"].as_str().unwrap()).collect();
    drops.sort_unstable();
    assert_eq!(drops, ["drop index concurrently public.again", "drop index concurrently public.short"]);
    for drop in list(&answer, "drops") {
        shop.execute(drop["ddl"].as_str().unwrap()).await;
        shop.execute(drop["undo"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn an_index_that_something_rests_on_is_not_superfluous() {
    let (shop, client) = shop().await;
    shop.execute(
        "create unique index identity on orders (order_id);
         alter table orders replica identity using index identity;
         create unique index pointed_at on customers (customer_id, country);
         create table of_customer (customer_id bigint, country text,
             foreign key (customer_id, country) references customers (customer_id, country));
         alter table customers add unique (customer_id, country)",
    )
    .await;
    shop.execute("create index another on orders (order_id)").await;
    shop.execute(
        "create table days (id int, day date) partition by range (day);
         create table first_day partition of days for values from ('2024-01-01') to ('2024-01-02');
         create index on days (id); create index on days (id, day)",
    )
    .await;
    let answer = ask(
        &client,
        &[
            "select * from orders where order_id = 7",
            "select * from customers where customer_id = 7",
            "select * from first_day",
        ],
    )
    .await;
    let drops: Vec<_> = list(&answer, "drops").iter().map(|one| one["ddl"].as_str().unwrap()).collect();
    assert_eq!(drops, ["drop index concurrently public.another"], "{}", answer.text);
}

#[tokio::test]
async fn an_index_in_another_collation_is_not_replaced() {
    let (shop, client) = shop().await;
    shop.execute("create index bytewise on orders (status collate \"C\")").await;
    shop.execute("create index short on orders (status)").await;
    let sql = "select * from orders where status = $1 order by created_at desc limit 10";
    let answer = ask(&client, &[sql]).await;
    let replaced =
        list(&answer, "drops").iter().filter(|one| one["reason"].as_str().unwrap().contains("only once"));
    let replaced: Vec<_> = replaced.map(|one| one["ddl"].as_str().unwrap()).collect();
    assert_eq!(replaced, ["drop index concurrently public.short"], "{}", answer.text);
}

#[tokio::test]
async fn one_connection_is_enough_for_many_calls_at_once() {
    let shop = Database::with(SHOP).await;
    let limits = "limits: {connections: 1}";
    let config = format!("databases:\n  shop: {{dsn: \"{}\", {limits}}}\n", shop.dsn());
    let client = Client::configured(&config).await;
    let asked = ["select * from orders where customer_id = 77"];
    let answers = futures_util::future::join_all((0..8).map(|_| ask(&client, &asked))).await;
    for answer in answers {
        assert!(ddl(&answer)[0].ends_with("on public.orders (customer_id)"), "{}", answer.text);
    }
}

#[tokio::test]
async fn typed_parameters_are_planned() {
    let (_shop, client) = shop().await;
    let answer =
        ask(&client, &["select * from orders where customer_id = $1 and created_at >= timestamptz $2"]).await;
    assert!(ddl(&answer)[0].contains("(customer_id"), "{}", answer.text);
    assert_eq!(answer["suggestions"][0]["confidence"], "exact_what_if");
}

#[tokio::test]
async fn the_budget_bounds_all_suggestions_together() {
    let (_shop, client) = shop().await;
    let statements = json!([
        { "sql": "select * from orders where customer_id = 77", "calls": 1000 },
        { "sql": "select * from items where order_id = 77", "calls": 1 },
    ]);
    let answer =
        client.call("suggest_index", json!({ "statements": statements, "budget_mb": 4 })).await.unwrap();
    let bytes: u64 = list(&answer, "suggestions").iter().map(|one| one["size_bytes"].as_u64().unwrap()).sum();
    assert!((1..=4 * 1024 * 1024).contains(&bytes), "{}", answer.text);
    assert!(answer["unhelped"][0]["reason"].as_str().unwrap().contains("budget"), "{}", answer.text);
}

#[tokio::test]
async fn unusable_arguments_are_refused() {
    let (_shop, client) = shop().await;
    for arguments in
        [json!({ "statements": [] }), json!({ "statements": [{ "sql": "select 1" }], "budget_mb": -1 })]
    {
        let failure = client.call("suggest_index", arguments).await.unwrap_err();
        assert_eq!(failure.error["code"], "invalid_arguments", "{}", failure.text);
    }
}

/// What a server is given that may read files beside its configuration, and look for a database there.
fn with_files(shop: &Database, more: &str) -> Configuration {
    Configuration::new(&format!("files: [.]\ndatabases:\n  shop: {{dsn: \"{}\"{more}}}\n", shop.dsn()))
}

async fn beside(configuration: &Configuration) -> Client {
    Client::launch(&["--config", configuration.path(), "serve"], Era::Sessions).await
}

/// Messages as PostgreSQL 15 writes them: the text protocol, the extended one, `auto_explain`, other databases.
fn csvlog(database: &str) -> String {
    let line = |database: &str, session: &str, message: &str, detail: &str| {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        format!(
            "2026-11-24 05:00:00.000 UTC,\"app\",{},77,\"[local]\",{session},1,\"SELECT\",2026-11-24 05:00:00 UTC,3/9,0,LOG,00000,{},{},,,,,,,,\"psql\",\"client backend\",,0\n",
            quoted(database),
            quoted(message),
            if detail.is_empty() { String::new() } else { quoted(detail) }
        )
    };
    let orders = "select * from orders where customer_id = $1 and note <> $2";
    let plan = "duration: 40.0 ms  plan:\nQuery Text: select *\nfrom orders where note = 'abcd'\nSeq Scan on orders  (cost=0.00..9.00 rows=1 width=4)";
    [
        line(
            database,
            "a.1",
            &format!("duration: 20.5 ms  execute <unnamed>: {orders}"),
            "parameters: $1 = '77', $2 = 'said \"x\", and\nleft'",
        ),
        line(
            database,
            "a.1",
            &format!("duration: 21.5 ms  execute <unnamed>: {orders}"),
            "parameters: $1 = '78', $2 = 'it''s'",
        ),
        line(database, "a.2", plan, ""),
        line(database, "a.3", "duration: 0.1 ms  statement: begin", ""),
        line("elsewhere", "a.4", "duration: 9000 ms  statement: select * from items where order_id = 7", ""),
        line(database, "a.5", "duration: 1.0 ms  statement: select * from nowhere", ""),
    ]
    .concat()
}

#[tokio::test]
async fn statements_come_from_a_csvlog_with_the_values_they_had() {
    let (shop, _) = shop().await;
    let configuration = with_files(&shop, "");
    std::fs::write(configuration.folder().join("postgresql.csv"), csvlog(shop.name())).unwrap();
    let client = beside(&configuration).await;
    let answer = client
        .call("suggest_index", json!({ "log_file": "postgresql.csv", "max_seconds": 120 }))
        .await
        .unwrap();
    let mut found = ddl(&answer);
    found.sort_unstable();
    assert_eq!(found.len(), 2, "{}", answer.text);
    assert!(found[0].contains("(customer_id"), "{}", answer.text);
    assert!(found[1].contains("(note"), "{}", answer.text);
    let shown = list(&answer, "statements");
    assert_eq!(shown.len(), 4, "two for the values of the first: {shown:?}");
    assert!(
        shown.iter().all(|one| !one.as_str().unwrap().contains("abcd")),
        "values are not shown: {shown:?}"
    );
    assert_eq!(list(&answer, "skipped").len(), 1, "{}", answer.text);
}

#[tokio::test]
async fn statements_come_from_a_jsonlog() {
    let (shop, _) = shop().await;
    let configuration = with_files(&shop, "");
    let line =
        |message: &str| json!({ "dbname": shop.name(), "session_id": "a.1", "message": message }).to_string();
    let log = [
        line("statement: select * from orders where customer_id = 77"),
        line("duration: 12.5 ms"),
        line("checkpoint starting: time"),
    ];
    std::fs::write(configuration.folder().join("postgresql.json"), log.join("\n")).unwrap();
    let answer = beside(&configuration)
        .await
        .call("suggest_index", json!({ "log_file": "postgresql.json", "max_seconds": 120 }))
        .await
        .unwrap();
    assert!(ddl(&answer)[0].ends_with("on public.orders (customer_id)"), "{}", answer.text);
}

#[tokio::test]
async fn a_log_that_gives_nothing_says_what_to_do() {
    let shop = Database::new().await;
    let configuration = with_files(&shop, "");
    let folder = configuration.folder();
    std::fs::write(folder.join("plain.log"), "2026-11-24 LOG:  duration: 1 ms  statement: select 1\n")
        .unwrap();
    std::fs::write(folder.join("other.csv"), csvlog("another")).unwrap();
    let outside = folder.parent().unwrap().join(format!("{}.csv", shop.name()));
    std::fs::write(&outside, csvlog(shop.name())).unwrap();
    let client = beside(&configuration).await;
    for (file, code, mend) in [
        ("plain.log", "log_file", "log_destination"),
        ("other.csv", "log_file", "log_min_duration_statement"),
        ("missing.csv", "file_refused", "looked under"),
        (outside.to_str().unwrap(), "file_refused", "looked under"),
    ] {
        let failure = client.call("suggest_index", json!({ "log_file": file })).await.unwrap_err();
        assert_eq!(failure.error["code"], code, "{file}: {}", failure.error);
        assert!(failure.error["hint"].as_str().unwrap().contains(mend), "{file}: {}", failure.error);
    }
    std::fs::remove_file(outside).unwrap();
}

#[tokio::test]
async fn a_snapshot_is_advised_on_as_its_database_is() {
    let (shop, client) = shop().await;
    shop.execute("create index by_note on orders (note)").await;
    // The database that is at hand is another one.
    let other = Database::new().await;
    let configuration = with_files(&other, "");
    let taken = configuration.folder().join("shop.json");
    let mut command = pgwright(&["snapshot", "--dsn", &shop.dsn(), "-o"]);
    let output = command.arg(&taken).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let statements = json!([
        "select * from orders where customer_id = 77",
        "select * from orders where status = 'open' order by created_at desc limit 10",
        "select count(*) from orders",
        "select * from nowhere",
    ]);
    let live =
        client.call("suggest_index", json!({ "statements": statements, "max_seconds": 120 })).await.unwrap();
    let offline = json!({ "statements": statements, "snapshot": "shop.json", "max_seconds": 120 });
    let offline = beside(&configuration).await.call("suggest_index", offline).await.unwrap();
    assert_eq!(ddl(&offline), ddl(&live), "{}", offline.text);
    assert_eq!(offline["suggestions"][0]["confidence"], "exact_what_if", "{}", offline.text);
    for cost in ["cost_before", "cost_after"] {
        let figure = |answer: &Answer| answer["totals"][cost].as_f64().unwrap();
        assert!((figure(&offline) / figure(&live) - 1.0).abs() < 0.01, "{}\n{}", offline.text, live.text);
    }
    assert!(
        offline["drops"][0]["reason"].as_str().unwrap().contains("before the snapshot of"),
        "{}",
        offline.text
    );
}

#[tokio::test]
async fn what_is_no_snapshot_says_how_to_take_one() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    let call = json!({ "statements": ["select 1"], "snapshot": "{\"format\": 0}" });
    let failure = client.call("suggest_index", call).await.unwrap_err();
    assert!(failure.error["next_step"].as_str().unwrap().contains("pgwright snapshot"), "{}", failure.error);
}

#[tokio::test]
async fn verified_indexes_are_measured_and_gone_again() {
    let (shop, client) = shop().await;
    let sql = "select * from orders where customer_id = 77";
    let nothing = "select count(*) from pg_class where relkind = 'i' and relname like 'orders%idx%'";
    let call = json!({ "statements": [sql, "select * from orders where customer_id = $1"], "verify": true });
    let answer = client.call("suggest_index", call).await.unwrap();
    let suggestion = &list(&answer, "suggestions")[0];
    let affected = &suggestion["affected"][0];
    assert!(affected["ms_before"].as_f64().unwrap() > 0.0, "{}", answer.text);
    assert!(affected["ms_after"].as_f64().is_some(), "{}", answer.text);
    assert!(answer.text.contains("built and taken back"), "{}", answer.text);
    assert_eq!(shop.value::<i64>(nothing).await, 0);
    shop.execute(suggestion["ddl"].as_str().unwrap()).await;
    let real = shop.value::<i64>(&format!("select pg_relation_size('{}')", index_name(suggestion))).await;
    assert_eq!(suggestion["built"]["size_bytes"], real, "{}", answer.text);
    let cost = shop.plan(sql).await["Total Cost"].as_f64().unwrap();
    assert!(
        (affected["cost_after"].as_f64().unwrap() / cost - 1.0).abs() < 0.01,
        "{}, {cost} now",
        answer.text
    );
    assert_ne!(suggestion["confidence"], "measured", "the one with a parameter was not run");
}

#[tokio::test]
async fn all_that_was_run_makes_advice_measured() {
    let (_shop, client) = shop().await;
    let call = json!({ "statements": ["select * from orders where customer_id = 77"], "verify": true });
    let answer = client.call("suggest_index", call).await.unwrap();
    assert_eq!(answer["suggestions"][0]["confidence"], "measured", "{}", answer.text);
}

#[tokio::test]
async fn giving_up_on_a_verification_leaves_nothing() {
    let (shop, _) = shop().await;
    let client = beside(&with_files(&shop, ", limits: {lock_ms: 600000}")).await;
    let (writer, connection) = tokio_postgres::connect(&shop.dsn(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    writer.batch_execute("begin; lock table orders in row exclusive mode").await.unwrap();
    let call = json!({ "statements": ["select * from orders where customer_id = 77"], "verify": true });
    let running = client.start("suggest_index", call).await;
    shop.until_active("create index orders").await;
    running.cancel().await;
    shop.until_idle("create index orders").await;
    writer.batch_execute("rollback").await.unwrap();
    let left = "select count(*) from pg_class where relname = 'orders_customer_id_idx'";
    assert_eq!(shop.value::<i64>(left).await, 0);
}

#[tokio::test]
async fn nothing_is_built_where_it_could_be_in_the_way() {
    let shop = Database::with(SHOP).await;
    let call = json!({ "statements": ["select * from orders where customer_id = 77"], "verify": true });
    for (more, setting) in [
        (", environment: production", "databases.shop.allow: write_data"),
        (", allow: read_data", "databases.shop.allow: write_data"),
        (", environment: staging, allow: write_data", "databases.shop.environment: development"),
    ] {
        let client = beside(&with_files(&shop, more)).await;
        let failure = client.call("suggest_index", call.clone()).await.unwrap_err();
        assert_eq!(failure.error["code"], "refused_by_policy", "{more}: {}", failure.error);
        assert!(failure.error["hint"].as_str().unwrap().ends_with(setting), "{more}: {}", failure.error);
    }
}

#[tokio::test]
async fn mistakes_say_the_next_step() {
    let shop = Database::new().await;
    let client = Client::stdio(&shop).await;
    for (call, code, next) in [
        (json!({}), "invalid_arguments", "pg_stat_statements"),
        (json!({ "statements": [] }), "invalid_arguments", "pg_stat_statements"),
        (json!({ "statements": ["select 1"], "budget_mb": 0 }), "invalid_arguments", "leave budget_mb out"),
        (json!({ "source": "pg_stat_statements" }), "no_statement_statistics", "statements"),
    ] {
        let failure = client.call("suggest_index", call.clone()).await.unwrap_err();
        assert_eq!(failure.error["code"], code, "{call}: {}", failure.error);
        let step = failure.error["next_step"].as_str().unwrap_or_default();
        let hint = failure.error["hint"].as_str().unwrap_or_default();
        assert!(format!("{step} {hint}").contains(next), "{call}: {}", failure.error);
    }
}

#[tokio::test]
async fn a_role_without_privileges_is_told_what_to_grant() {
    let (shop, _) = shop().await;
    let role = format!("{}_nobody", shop.name());
    shop.execute(&format!("create role {role} login")).await;
    let config = format!("databases:\n  shop: {{dsn: \"{}\"}}\n", shop.dsn_as(&role));
    let client = Client::configured(&config).await;
    let answer = ask(&client, &["select * from orders where customer_id = 77"]).await;
    assert!(ddl(&answer).is_empty(), "{}", answer.text);
    let reason = list(&answer, "skipped")[0]["reason"].as_str().unwrap();
    assert!(reason.contains("grant select"), "{reason}");
}

/// The server counts `timestamp '…'` as `timestamp $1`, which is no SQL.
#[tokio::test]
async fn what_the_server_counted_is_planned_again_with_its_typed_literals() {
    let (shop, client) = shop().await;
    shop.execute("create extension pg_stat_statements").await;
    let counted = [
        "select * from orders where customer_id = 77 and created_at >= timestamp '2024-07-27 00:00'",
        "select amount from orders where customer_id = 78 and created_at < date '2024-07-02' + interval '3 days'",
        "select * from orders where status = 'open' and created_at::date = date '2024-07-02' limit 5",
        "select count(*) from orders where customer_id in (1, 2, 3) and created_at > timestamptz '2024-07-27 00:00+00'",
    ];
    for sql in counted {
        shop.execute(sql).await;
    }
    let answer = client
        .call("suggest_index", json!({ "source": "pg_stat_statements", "max_seconds": 120 }))
        .await
        .unwrap();
    let shown = list(&answer, "statements");
    let skipped: Vec<_> = list(&answer, "skipped").iter().map(|one| one["statement"].as_u64()).collect();
    let of_orders = |text: &&Value| text.as_str().unwrap().contains("from orders where");
    assert_eq!(shown.iter().filter(of_orders).count(), counted.len(), "{shown:?}");
    for (place, text) in shown.iter().enumerate().filter(|(_, text)| of_orders(text)) {
        assert!(!skipped.contains(&u64::try_from(place).ok()), "{text}: {}", answer.text);
    }
    assert!(ddl(&answer).iter().any(|ddl| ddl.contains("(customer_id")), "{}", answer.text);
}

#[tokio::test]
async fn pages_far_behind_are_asked_for_by_key() {
    let (_shop, client) = shop().await;
    let far = "select * from orders order by order_id desc limit 20 offset 200000";
    let near = "select * from orders order by order_id desc limit 20 offset 20";
    let mixed = "select * from orders order by created_at, order_id desc limit 20 offset 200000";
    let answer = ask(&client, &[far, near, mixed]).await;
    let rewrites: Vec<_> =
        list(&answer, "other_advice").iter().filter(|one| one["kind"] == "deep_offset").collect();
    assert_eq!(rewrites.len(), 1, "{}", answer.text);
    assert_eq!(rewrites[0]["statements"], json!([0]), "{}", answer.text);
    assert!(rewrites[0]["advice"].as_str().unwrap().contains("where (order_id) < ("), "{}", answer.text);
}
