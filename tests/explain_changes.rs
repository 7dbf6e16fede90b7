//! Changes of rows in `explain_query`: planned, never run, and not planned where a user's code would come into play.

use serde_json::json;

use crate::support::{Client, Database, NEWER, OLDER};

const SHOP: &str = "
    create table orders (id int primary key, customer_id int, status text default lower('NEW'), total numeric(10, 2));
    insert into orders select i, i % 100, 'open', i from generate_series(1, 10000) i;
    create table archive (like orders including all);
    create table trace (what text);
    create function tell() returns trigger language plpgsql as
        $$ begin insert into trace values (tg_op); return coalesce(new, old); end $$;
    create trigger tells before insert or update or delete on orders for each row execute function tell();
    analyze;
";

const CHANGES: &[(&str, &str)] = &[
    ("update orders set status = 'paid' where customer_id = 7", "ModifyTable"),
    ("delete from orders using archive a where a.id = orders.id", "ModifyTable"),
    (
        "insert into archive select * from orders where total > 9000 on conflict (id) do nothing",
        "ModifyTable",
    ),
    (
        "with gone as (delete from orders where id < 10 returning *) insert into archive select * from gone",
        "ModifyTable",
    ),
    ("select * from orders where id = 3 for update", "LockRows"),
    ("update orders set status = $1 where id = $2", "ModifyTable"),
    ("explain (analyze, costs off) update orders set total = 0", "ModifyTable"),
    ("merge into archive a using orders o on o.id = a.id when matched then delete", "ModifyTable"),
];

#[tokio::test]
async fn a_change_is_planned_and_nothing_changes_on_both_versions() {
    for major in [OLDER, NEWER] {
        let shop = Database::on(major).await;
        shop.execute(SHOP).await;
        let client = Client::stdio(&shop).await;
        for (sql, root) in CHANGES {
            let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
            let first = answer["plan"]["nodes"][0].to_string();
            assert!(first.contains(root), "{sql}: {first}");
            let failure =
                client.call("explain_query", json!({ "sql": sql, "analyze": true })).await.unwrap_err();
            assert_eq!(failure.error["code"], "not_read_only", "{sql}: {}", failure.text);
            // The guard remembers what it read, and for what.
            client.call("run_query", json!({ "sql": sql })).await.unwrap_err();
        }
        let left: i64 = shop.value("select count(*) from orders where status = 'open'").await;
        let told: i64 =
            shop.value("select (select count(*) from trace) + (select count(*) from archive)").await;
        assert_eq!((left, told), (10_000, 0));
    }
}

/// What it advises is about the rows that are looked for.
#[tokio::test]
async fn a_change_that_reads_all_rows_is_told_so() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let sql = "update orders set status = 'paid' where customer_id = 7";
    let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    assert!(answer.text.contains("orders"), "{}", answer.text);
    assert_eq!(answer["rewrites"], json!([]), "{}", answer.text);
}

#[tokio::test]
async fn explain_in_front_of_a_query_is_left_out() {
    let shop = Database::with(SHOP).await;
    let client = Client::stdio(&shop).await;
    let plain =
        client.call("explain_query", json!({ "sql": "select * from orders where id = 3" })).await.unwrap();
    for sql in [
        "explain select * from orders where id = 3",
        "EXPLAIN (ANALYZE, BUFFERS) select * from orders where id = 3;",
        "explain analyze verbose select * from orders where id = 3",
    ] {
        let answer = client.call("explain_query", json!({ "sql": sql })).await.unwrap();
        assert_eq!(answer["plan"], plain["plan"], "{sql}");
    }
}

#[tokio::test]
async fn a_change_that_brings_a_users_code_into_planning_is_not_planned() {
    let shop = Database::with(SHOP).await;
    shop.execute(
        "create function spy(anyelement) returns anyelement immutable language plpgsql as
             $$ begin raise notice 'ran'; return $1; end $$;
         create table ruled (id int);
         create rule copied as on insert to ruled do also insert into trace values (spy('x'::text));
         create table defaulted (id int, n int default spy(1));
         create domain checked as int check (spy(value) > 0);
         create table converted (id checked);
         create table guarded (id int);
         alter table guarded enable row level security;
         alter table guarded force row level security;
         create policy looked_at on guarded for insert with check (spy(id) > 0);
         create view seen as select * from orders;",
    )
    .await;
    let client = Client::stdio(&shop).await;
    for (sql, because) in [
        ("insert into ruled values (1)", "rule copied"),
        ("insert into defaulted (id) values (1)", "default of column n"),
        ("insert into converted values (1)", "type checked"),
        ("insert into guarded values (1)", "policy looked_at"),
        ("update seen set status = 'x'", "no table"),
        ("with s as (insert into ruled values (1) returning id) select * from s", "rule copied"),
    ] {
        let failure = client.call("explain_query", json!({ "sql": sql })).await.unwrap_err();
        assert_eq!(failure.error["code"], "change_not_planned", "{sql}: {}", failure.text);
        assert!(failure.text.contains(because), "{sql}: {}", failure.text);
    }
    let called = "update orders set total = spy(1)";
    let failure = client.call("explain_query", json!({ "sql": called })).await.unwrap_err();
    assert_eq!(failure.error["code"], "function_not_allowed", "{}", failure.text);
}
