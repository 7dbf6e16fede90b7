//! What a statement reaches behind its names, on a real database: every way to a function or a relation that names alone do
//! not show. A spy writes through a connection of its own, so that what ran stays visible after any rollback.

mod catalogue;
mod overloads;
mod unwritten;

use serde_json::{Value, json};

use crate::support::{Client, Configuration, Database, Failure, NEWER, pgwright};

const APP: &str = "
    create schema ext;
    create extension dblink schema ext;
    create extension pg_trgm;
    create schema app;
    create table app.trace (by text);
    create table app.item (id int primary key, total numeric, name text);
    insert into app.item values (1, 2.5, 'one');
";

/// A database with functions that tell when they run.
async fn app(more: &str) -> Database {
    let database = Database::with(APP).await;
    let dsn = database.dsn();
    database
        .execute(&format!(
            "create function app.tell(by text) returns int immutable language plpgsql as $$
             begin
                 perform ext.dblink_exec('{dsn}', format('insert into app.trace values (%L)', by));
                 return 1;
             end $$;
             create function app.spy(x int) returns int immutable language plpgsql as
                 $$ begin return app.tell('spy'); end $$;
             create function app.spy(x int, y int) returns int immutable language plpgsql as
                 $$ begin return app.tell('spy of two'); end $$;"
        ))
        .await;
    database.execute(more).await;
    database
}

async fn configured(database: &Database, role: &str, reach: Value) -> Client {
    let shop = json!({ "dsn": database.dsn_as(role), "reach": reach });
    Client::configured(&json!({ "databases": { "shop": shop } }).to_string()).await
}

/// Both ways that take a statement without running it, and the one that runs it.
async fn refusals(client: &Client, sql: &str) -> Vec<Failure> {
    let mut failures = Vec::new();
    for arguments in [json!({ "sql": sql }), json!({ "sql": sql, "analyze": true })] {
        match client.call("explain_query", arguments).await {
            Ok(answer) => panic!("{sql} was explained: {}", answer.text),
            Err(failure) => failures.push(failure),
        }
    }
    match client.call("run_query", json!({ "sql": sql })).await {
        Ok(answer) => panic!("{sql} was run: {}", answer.text),
        Err(failure) => failures.push(failure),
    }
    failures
}

async fn refused(client: &Client, sql: &str, code: &str, named: &str) {
    for failure in refusals(client, sql).await {
        assert_eq!(failure.error["code"], code, "{sql}: {}", failure.text);
        assert!(failure.text.contains(named), "{sql} should name {named}: {}", failure.text);
    }
}

async fn answered(client: &Client, sql: &str) {
    for arguments in [json!({ "sql": sql }), json!({ "sql": sql, "analyze": true })] {
        if let Err(failure) = client.call("explain_query", arguments).await {
            panic!("{sql}: {}", failure.text);
        }
    }
    if let Err(failure) = client.call("run_query", json!({ "sql": sql })).await {
        panic!("{sql}: {}", failure.text);
    }
}

async fn told(database: &Database) -> i64 {
    database.value("select count(*) from app.trace").await
}

/// Planning folds an immutable function: the second half shows that it would have run.
#[tokio::test]
async fn a_function_of_the_users_own_runs_only_where_it_is_listed() {
    let database =
        app("create function app.secret() returns int language sql security definer as 'select 1'").await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select app.spy(1)",
        "select * from app.spy(1)",
        "select id from app.item where id = app.spy(1)",
        "select * from app.item limit app.spy(1)",
        "select (1).spy from app.item",
    ] {
        let failures = refusals(&client, sql).await;
        if !sql.contains("(1).spy") {
            assert!(failures.iter().all(|failure| failure.error["code"] == "function_not_allowed"), "{sql}");
            assert!(
                failures[0].text.contains(".reach.allow_functions: [\"app.spy\"]"),
                "{}",
                failures[0].text
            );
        }
    }
    refused(&client, "select app.secret()", "function_not_allowed", "app.secret()").await;
    assert_eq!(told(&database).await, 0);

    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.spy"] })).await;
    let explained = client.call("explain_query", json!({ "sql": "select app.spy(1)" })).await;
    assert!(explained.is_ok(), "{explained:?}");
    assert!(told(&database).await > 0, "planning ran it");
    refused(&client, "select app.tell('x')", "function_not_allowed", "app.tell(").await;
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.*"] })).await;
    answered(&client, "select app.tell('x')").await;
}

#[tokio::test]
async fn a_field_that_calls_a_function_is_a_call() {
    let database = app("
        create function public.doubled(app.item) returns int immutable language plpgsql as
            $$ begin return app.tell('doubled'); end $$;
        create function public.counted(int) returns int immutable language plpgsql as
            $$ begin return app.tell('counted'); end $$;
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select i.doubled from app.item i", "function_not_allowed", "public.doubled(").await;
    refused(&client, "select (1).counted", "function_not_allowed", "public.counted(").await;
    refused(
        &client,
        "select g.counted from generate_series(1, 2) g",
        "function_not_allowed",
        "public.counted(",
    )
    .await;
    answered(&client, "select i.id, s.counting from app.item i, (select 1 as counting) s").await;
    assert_eq!(told(&database).await, 0);
    let reach = json!({ "allow_functions": ["public.counted", "public.doubled"] });
    let client = configured(&database, "postgres", reach).await;
    answered(&client, "select (1).counted").await;
    answered(&client, "select i.doubled from app.item i").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn operators_run_functions() {
    let database = app("
        create operator public.=== (leftarg = int, rightarg = int, function = app.spy);
        create type app.cents as (amount int);
        create function app.same(app.cents, app.cents) returns boolean immutable language plpgsql as
            $$ begin return app.tell('same') = 1; end $$;
        create operator public.= (leftarg = app.cents, rightarg = app.cents, function = app.same);
        create operator public.!!! (rightarg = bigint, function = pg_catalog.pg_advisory_lock_shared);
        create table app.price (price app.cents);
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select 1 === 2", "operator_not_allowed", "operator ===").await;
    refused(
        &client,
        "select id from app.item where (id === 2) = 1",
        "operator_not_allowed",
        "app.spy(x integer, y integer)",
    )
    .await;
    refused(
        &client,
        "select * from app.price a join app.price b using (price)",
        "operator_not_allowed",
        "app.same(",
    )
    .await;
    refused(
        &client,
        "select 1 from app.price where price in (row(1)::app.cents)",
        "operator_not_allowed",
        "app.same(",
    )
    .await;
    refused(&client, "select !!! 1::bigint", "operator_not_allowed", "pg_advisory_lock_shared").await;
    // The same sign between other types is not theirs.
    answered(&client, "select id from app.item where id = 1 and name = 'one' and '1' = '1'").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.spy"] })).await;
    answered(&client, "select 1 === 2").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn casts_run_functions_whether_they_are_written_or_not() {
    let database = app("
        create type app.cents as (amount int);
        create function app.to_int(app.cents) returns int immutable language plpgsql as
            $$ begin return app.tell('to_int'); end $$;
        create function app.to_cents(int) returns app.cents immutable language plpgsql as
            $$ begin perform app.tell('to_cents'); return row(1)::app.cents; end $$;
        create cast (app.cents as int) with function app.to_int(app.cents) as implicit;
        create cast (int as app.cents) with function app.to_cents(int);
        create table app.price (price app.cents);
        insert into app.price values (row(1));
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select price + 1 from app.price", "cast_not_allowed", "app.to_int(").await;
    refused(&client, "select 1::app.cents", "cast_not_allowed", "app.to_cents(").await;
    refused(&client, "select cast(1 as app.cents)", "cast_not_allowed", "app.to_cents(").await;
    answered(&client, "select id + 1 from app.item").await;
    assert_eq!(told(&database).await, 0);
    let client =
        configured(&database, "postgres", json!({ "allow_functions": ["app.to_int", "app.to_cents"] })).await;
    answered(&client, "select price + 1 from app.price").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn types_run_functions_when_values_are_made() {
    let database = app("
        create domain app.checked as int check (app.spy(value) = 1);
        create type app.holder as (inside app.checked);
        create table app.kept (inside app.checked);
        insert into app.kept values (5);
        truncate app.trace;
        create type app.raw;
        create function app.raw_in(cstring) returns app.raw immutable strict language internal as 'textin';
        create function app.raw_out(app.raw) returns cstring immutable strict language internal as 'textout';
        create type app.raw (input = app.raw_in, output = app.raw_out, like = text);
    ")
    .await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select 1::app.checked",
        "select app.checked '1'",
        "select '{1}'::app.checked[]",
        "select '(1)'::app.holder",
        "select null::app.holder",
        "select * from jsonb_populate_record(null::app.holder, '{\"inside\": 1}')",
        "select jsonb_populate_record(k, '{\"inside\": 1}') from app.kept k",
        "select app.checked(1)",
        "select * from json_to_record('{\"a\": 1}') as t(a app.checked)",
    ] {
        refused(&client, sql, "function_not_allowed", "type app.").await;
    }
    refused(&client, "select 'x'::app.raw", "function_not_allowed", "app.raw_in(").await;
    // A value that is only read was checked when it was stored.
    answered(&client, "select inside from app.kept where inside = 5 order by inside").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.spy"] })).await;
    answered(&client, "select 1::app.checked").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn sort_orders_run_functions() {
    let database = app("
        create type app.cents as (amount int);
        create function app.less(app.cents, app.cents) returns boolean immutable language plpgsql as
            $$ begin return app.tell('less') = 0; end $$;
        create function app.compared(app.cents, app.cents) returns int immutable language plpgsql as
            $$ begin return app.tell('compared'); end $$;
        create operator app.<<< (leftarg = app.cents, rightarg = app.cents, function = app.less);
        create operator app.<<= (leftarg = app.cents, rightarg = app.cents, function = app.less);
        create operator app.=== (leftarg = app.cents, rightarg = app.cents, function = app.less);
        create operator app.>>= (leftarg = app.cents, rightarg = app.cents, function = app.less);
        create operator app.>>> (leftarg = app.cents, rightarg = app.cents, function = app.less);
        create operator class app.by_amount default for type app.cents using btree
            as operator 1 app.<<<, operator 2 app.<<=, operator 3 app.===, operator 4 app.>>=, operator 5 app.>>>,
            function 1 app.compared(app.cents, app.cents);
        create table app.price (price app.cents);
        insert into app.price values (row(1)), (row(2));
        truncate app.trace;
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select price from app.price order by price", "type_not_allowed", "app.").await;
    refused(&client, "select distinct price from app.price", "type_not_allowed", "app.").await;
    answered(&client, "select distinct name from app.item order by name").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.*"] })).await;
    answered(&client, "select price from app.price order by price").await;
    assert!(told(&database).await > 0);
}

/// Planning finds out which partitions a value belongs to.
#[tokio::test]
async fn partition_keys_run_functions() {
    let database = app("
        create function app.hashed(int, bigint) returns bigint immutable language plpgsql as
            $$ begin perform app.tell('hashed'); return $1; end $$;
        create operator class app.told_hash for type int using hash
            as operator 1 pg_catalog.=, function 2 app.hashed(int, bigint);
        create table app.parts (id int) partition by hash (id app.told_hash);
        create table app.first partition of app.parts for values with (modulus 2, remainder 0);
        create table app.second partition of app.parts for values with (modulus 2, remainder 1);
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select * from app.parts where id = 7", "type_not_allowed", "app.hashed(").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.hashed"] })).await;
    answered(&client, "select * from app.parts where id = 7").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn aggregates_run_functions() {
    let database =
        app("create aggregate app.told (int) (sfunc = app.spy, stype = int, initcond = '0')").await;
    let client = Client::stdio(&database).await;
    refused(&client, "select app.told(id) from app.item", "function_not_allowed", "app.told(integer)").await;
    refused(&client, "select app.told(id) over () from app.item", "function_not_allowed", "app.told(").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.told"] })).await;
    answered(&client, "select app.told(id) from app.item").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn views_are_looked_into() {
    let database = app("
        create view app.spying as select app.spy(1) as one;
        create view app.deeper as select one + 1 as two from app.spying;
        create view app.locking as select pg_advisory_lock(1)::text as locked;
        create view app.secrets as select rolname from pg_authid;
        create view app.harmless as select i.id, upper(i.name) as name, count(*) over () as n from app.item i;
        create materialized view app.stored as select app.spy(1) as one;
        truncate app.trace;
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select * from app.spying", "function_not_allowed", "view app.spying").await;
    refused(
        &client,
        "select two from app.deeper where two = 2",
        "function_not_allowed",
        "app.spy(x integer)",
    )
    .await;
    refused(
        &client,
        "with d as (table app.deeper) select 1 from d",
        "function_not_allowed",
        "view app.deeper",
    )
    .await;
    refused(&client, "select * from app.locking", "function_not_allowed", "pg_advisory_lock").await;
    refused(&client, "select * from app.secrets", "relation_denied", "pg_authid").await;
    answered(&client, "select * from app.harmless").await;
    answered(&client, "select * from app.stored").await;
    answered(&client, "select * from pg_stat_activity where pid = 1").await;
    answered(&client, "select * from information_schema.tables limit 1").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.spy"] })).await;
    answered(&client, "select * from app.deeper").await;
    assert!(told(&database).await > 0);
}

#[tokio::test]
async fn policies_run_functions_for_whom_they_hold() {
    let database = app("
        alter table app.item enable row level security;
        create policy own on app.item for select using (app.spy(id) = 1);
        create view app.as_owner as select id from app.item;
        create view app.as_reader with (security_invoker = true) as select id from app.item;
    ")
    .await;
    let name: String = database.value("select current_database()::text").await;
    database
        .execute(&format!(
            "create role reader_of_{name} login;
             grant usage on schema app, ext to reader_of_{name};
             grant select on all tables in schema app to reader_of_{name}"
        ))
        .await;
    let reader = configured(&database, &format!("reader_of_{name}"), json!({})).await;
    refused(&reader, "select id from app.item", "function_not_allowed", "row security policy of app.item")
        .await;
    refused(&reader, "select id from app.as_reader", "function_not_allowed", "view app.as_reader").await;
    // The owner of the view, and the superuser below, pass the policy by.
    answered(&reader, "select id from app.as_owner").await;
    let superuser = Client::stdio(&database).await;
    answered(&superuser, "select id from app.item").await;
    assert_eq!(told(&database).await, 0);
    let reader =
        configured(&database, &format!("reader_of_{name}"), json!({ "allow_functions": ["app.spy"] })).await;
    answered(&reader, "select id from app.item where false").await;
}

#[tokio::test]
async fn foreign_tables_are_read_only_where_they_are_listed() {
    let database = app("
        create extension file_fdw;
        create server files foreign data wrapper file_fdw;
        create foreign table app.passwords (line text) server files options (filename '/etc/hostname');
        create view app.through as select line from app.passwords;
        create table app.parts (line text) partition by list (line);
        create table app.plain partition of app.parts for values in ('a');
        create foreign table app.far partition of app.parts for values in ('b')
            server files options (filename '/etc/hostname');
        create table app.parent (line text);
        create foreign table app.child () inherits (app.parent) server files options (filename '/etc/hostname');
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select * from app.passwords", "foreign_table", "app.passwords").await;
    refused(&client, "select * from app.through", "foreign_table", "view app.through").await;
    refused(&client, "select * from app.parts where line = 'a'", "foreign_table", "app.far").await;
    refused(&client, "select * from app.parent", "foreign_table", "app.child").await;
    answered(&client, "select * from app.plain").await;
    let client = configured(&database, "postgres", json!({ "allow_relations": ["app.far"] })).await;
    answered(&client, "select * from app.parts").await;
    refused(
        &client,
        "select * from app.passwords",
        "foreign_table",
        "reach.allow_relations: [\"app.passwords\"]",
    )
    .await;
}

#[tokio::test]
async fn denied_relations_are_denied_whatever_the_way() {
    let database = app("
        create schema hr;
        create table hr.salary (amount int);
        create view app.sums as select sum(amount) from hr.salary;
        create view app.nested as select * from app.sums;
        create table app.parts (id int) partition by list (id);
        create table hr.one partition of app.parts for values in (1);
        create table app.\"Secret\" (id int);
    ")
    .await;
    let reach = json!({ "deny_relations": ["hr.*", "app.\"Secret\""] });
    let client = configured(&database, "postgres", reach).await;
    refused(&client, "select * from hr.salary", "relation_denied", "deny_relations").await;
    refused(&client, "select * from \"hr\" . \"salary\"", "relation_denied", "hr.salary").await;
    refused(&client, "select * from app.nested", "relation_denied", "view app.nested").await;
    refused(&client, "select * from app.parts", "relation_denied", "hr.one").await;
    refused(&client, "select 1 where exists (table app.\"Secret\")", "relation_denied", "Secret").await;
    answered(&client, "select * from app.item").await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select * from hr.salary",
        "select * from app.nested",
        "select * from app.parts",
        "table app.\"Secret\"",
    ] {
        answered(&client, sql).await;
    }
}

#[tokio::test]
async fn names_of_built_in_functions_stay_theirs() {
    let database = app("
        create function public.lower(text) returns text immutable language plpgsql as
            $$ begin perform app.tell('lower'); return $1; end $$;
        create function public.same(int, int) returns boolean immutable language plpgsql as
            $$ begin return app.tell('same') = 1; end $$;
        create operator public.= (leftarg = int, rightarg = int, function = public.same);
        create function public.round(double precision, int) returns numeric immutable language plpgsql as
            $$ begin return app.tell('round'); end $$;
    ")
    .await;
    let client = Client::stdio(&database).await;
    answered(&client, "select lower('A') from app.item where id = 1").await;
    refused(&client, "select public.lower('A')", "function_not_allowed", "public.lower(").await;
    refused(&client, "select round(id, 2) from app.item", "function_not_allowed", "public.round(").await;
    answered(&client, "select round(total) from app.item").await;
    assert_eq!(told(&database).await, 0);

    let name: String = database.value("select current_database()::text").await;
    database.execute(&format!("alter database {name} set search_path = public, pg_catalog")).await;
    let client = Client::stdio(&database).await;
    answered(&client, "select lower('A') from app.item where id = 1").await;
    assert_eq!(told(&database).await, 0, "pg_catalog comes first in a session of pgwright");
}

#[tokio::test]
async fn extensions_are_trusted_by_name() {
    let database = app("create extension tablefunc; create extension hstore; create extension \"uuid-ossp\";
        create extension pg_stat_statements; create extension tsm_system_rows; create extension citext;
        create extension isn;
        create table app.tagged (tags hstore, name citext);")
    .await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select similarity('word', 'two words'), 'word' <% 'two words'",
        "select tags -> 'a' from app.tagged where tags ? 'b' and name = 'x' order by name, tags",
        "select uuid_generate_v4()",
        "select * from app.item tablesample system_rows(1)",
        "select count(*) from app.tagged group by name",
    ] {
        answered(&client, sql).await;
    }
    refused(&client, "select set_limit(0.5)", "function_not_allowed", "extension pg_trgm").await;
    refused(&client, "select isn_weak(true)", "function_not_allowed", "allow_extensions: [\"isn\"]").await;
    refused(
        &client,
        "select pg_stat_statements_reset()",
        "function_not_allowed",
        "extension pg_stat_statements",
    )
    .await;
    refused(
        &client,
        "select * from crosstab('select 1, 2, 3') as t(a int, b int)",
        "function_not_allowed",
        "extension tablefunc",
    )
    .await;
    refused(
        &client,
        "select * from ext.dblink('', 'select 1') as t(a int)",
        "function_not_allowed",
        "extension dblink",
    )
    .await;
    let client = configured(&database, "postgres", json!({ "allow_extensions": ["tablefunc"] })).await;
    answered(&client, "select * from crosstab('select 1, 2, 3') as t(a int, b int)").await;
    refused(
        &client,
        "select similarity('a', 'b')",
        "function_not_allowed",
        "allow_extensions: [\"pg_trgm\"]",
    )
    .await;
    // Naming a whole schema is no word for what extensions put there.
    let client =
        configured(&database, "postgres", json!({ "allow_functions": ["ext.*", "public.set_limit"] })).await;
    refused(&client, "select ext.dblink_connect('')", "function_not_allowed", "extension dblink").await;
    answered(&client, "select set_limit(0.5)").await;
}

/// Planning folds what indexes, predicates and extended statistics compute from constants.
#[tokio::test]
async fn what_planning_folds_runs_functions() {
    let database = app("
        create table app.indexed (id int);
        create index on app.indexed ((id + app.spy(1)));
        create table app.partly (id int);
        create index on app.partly (id) where id > app.spy(1);
        create table app.counted (id int, n int);
        create statistics app.both on (id + app.spy(1)), n from app.counted;
        create table app.everyday (name text);
        create index on app.everyday (lower(name));
        create function app.hashed(int) returns int immutable language plpgsql as
            $$ begin perform app.tell('hashed'); return $1; end $$;
        create operator class app.told_hash for type int using hash
            as operator 1 pg_catalog.=, function 1 app.hashed(int);
        create table app.bucket (id int);
        create index on app.bucket using hash (id app.told_hash);
        create table app.parent (id int);
        create table app.child (check (id > app.spy(1))) inherits (app.parent);
        create table app.alone (id int check (id > app.spy(1)));
    ")
    .await;
    database.execute("truncate app.trace").await;
    let client = Client::stdio(&database).await;
    for table in ["indexed", "partly", "counted", "parent", "child"] {
        let sql = format!("select id from app.{table} where id = 7");
        refused(&client, &sql, "function_not_allowed", "allow_functions: [\"app.spy\"]").await;
    }
    refused(&client, "select id from app.bucket where id = 7", "type_not_allowed", "app.hashed(").await;
    let sql = "select id from app.alone union all select id from app.item";
    refused(&client, sql, "function_not_allowed", "app.spy(").await;
    answered(&client, "select name from app.everyday where lower(name) = 'x'").await;
    answered(&client, "select id from app.alone where id = 7").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.*"] })).await;
    answered(&client, "select id from app.indexed where id = 7").await;
    assert!(told(&database).await > 0, "planning ran it");
}

#[tokio::test]
async fn literals_make_values_of_the_types_of_columns() {
    let database = app("
        create domain app.checked as int check (app.spy(value) = 1);
        create table app.kept (inside app.checked, many app.checked[]);
        create table app.single (inside app.checked);
    ")
    .await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select 1 from app.kept where many = '{5}'",
        "select coalesce(s, '(7)') from app.single s",
        "select 1 from app.single s where s in ('(7)', '(8)')",
        "select 1 from app.single where array[inside] = '{5}'",
    ] {
        refused(&client, sql, "function_not_allowed", "app.spy(").await;
    }
    answered(&client, "select inside from app.single where inside = 5").await;
    assert_eq!(told(&database).await, 0);
}

/// A table's rows are those of what it is a part of, and of its parts.
#[tokio::test]
async fn a_partition_of_a_denied_table_is_denied() {
    let database = app("
        create table app.pay (id int) partition by list (id);
        create table app.pay_one partition of app.pay for values in (1) partition by list (id);
        create table app.pay_leaf partition of app.pay_one for values in (1);
        create table app.parent (id int);
        create table app.child () inherits (app.parent);
        insert into app.pay select 1 from generate_series(1, 50);
        insert into app.child select 1 from generate_series(1, 50);
        analyze app.pay, app.pay_leaf, app.parent, app.child;
    ")
    .await;
    let reach = json!({ "deny_relations": ["app.pay", "app.child"] });
    let client = configured(&database, "postgres", reach).await;
    for sql in [
        "select * from app.pay",
        "select * from app.pay_leaf",
        "select id from app.pay_one where id = 1",
        "select * from app.parent",
        "select * from app.child",
    ] {
        refused(&client, sql, "relation_denied", "deny_relations").await;
    }
    answered(&client, "select * from only app.item").await;
    for table in ["app.pay", "app.pay_leaf", "app.child", "app.parent"] {
        let failure =
            client.call("table_stats", json!({ "table": table, "values": true })).await.unwrap_err();
        assert_eq!(failure.error["code"], "relation_denied", "{table}: {}", failure.text);
        assert!(failure.text.contains("databases.shop.reach.deny_relations lists"), "{}", failure.text);
        let figures = client.call("table_stats", json!({ "table": table })).await.unwrap();
        assert_eq!(figures.structured["tables"][0]["columns"][0]["name"], "id", "{}", figures.text);
        let arguments = json!({ "table": table, "checks": [{ "type": "unique", "column": "id" }] });
        let said = match client.call("run_quality_check", arguments).await {
            Ok(answer) => answer.text,
            Err(failure) => failure.text,
        };
        assert!(said.contains("deny_relations"), "{table}: {said}");
        let arguments = json!({ "statements": [{ "sql": format!("select id from {table} where id = 1") }] });
        let advice = client.call("suggest_index", arguments).await;
        let said = advice.map_or_else(|failure| failure.text, |answer| answer.text);
        assert!(said.contains("deny_relations"), "{table}: {said}");
    }
}

#[tokio::test]
async fn statistics_with_values_are_not_read_through_a_view() {
    let database = app("
        create view app.common as select tablename, most_common_vals::text from pg_stats;
        create view app.figures as select relname, reltuples from pg_class;
    ")
    .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select * from app.common", "relation_denied", "view app.common").await;
    answered(&client, "select relname from app.figures limit 1").await;
    answered(&client, "select n_distinct from pg_stats limit 1").await;
}

/// Operators of the search path that stand before those of `pg_catalog`, spelt in capitals.
#[tokio::test]
async fn the_catalogue_comes_first_however_the_path_is_spelt() {
    let database = app("
        create function public.same(oid, oid) returns boolean immutable language plpgsql as
            $$ begin return app.tell('same') = 1; end $$;
        create operator public.= (leftarg = oid, rightarg = oid, function = public.same);
        create function public.lower(text) returns text immutable language plpgsql as
            $$ begin perform app.tell('lower'); return $1; end $$;
    ")
    .await;
    let name: String = database.value("select current_database()::text").await;
    database.execute(&format!("alter database {name} set search_path = public, PG_CATALOG")).await;
    database
        .execute(&format!(
            "update pg_catalog.pg_db_role_setting set setconfig = array['search_path=public, PG_CATALOG']
             where setdatabase::text operator(pg_catalog.=)
                   (select oid::text from pg_catalog.pg_database where datname operator(pg_catalog.=) '{name}')"
        ))
        .await;
    let client = Client::stdio(&database).await;
    answered(&client, "select lower(name) from app.item where id = 1").await;
    let tellers: String = database.value("select coalesce(string_agg(by, ', '), '') from app.trace").await;
    assert_eq!(tellers, "");
}

/// PostgreSQL writes its trees a little differently in every version.
#[tokio::test]
async fn the_newer_version_is_looked_into_as_well() {
    let database = Database::on(NEWER).await;
    database
        .execute(
            "create schema app;
             create table app.item (id int primary key, name text);
             create function app.spy(x int) returns int immutable language plpgsql as $$ begin return x; end $$;
             create operator public.=== (rightarg = int, function = app.spy);
             create domain app.checked as int check (app.spy(value) = 1);
             create view app.spying as select 1 as one where exists (select from app.item where app.spy(id) = 1);
             create view app.locking as
             select string_agg(n, ',' order by pg_advisory_lock(1)::text) as locked from (values ('a')) v (n);
             create view app.signed as select id from app.item group by id having === id = 1;
             create view app.cast as select '1'::app.checked as one;
             create view app.harmless as
             select i.id, upper(i.name) as name, count(*) filter (where i.id > 1) over (order by i.name) as n
             from app.item i join lateral (select max(id) as id from app.item) m using (id);",
        )
        .await;
    let client = Client::stdio(&database).await;
    refused(&client, "select app.spy(1)", "function_not_allowed", "app.spy(x integer)").await;
    refused(&client, "select * from app.spying", "function_not_allowed", "view app.spying").await;
    refused(&client, "select * from app.locking", "function_not_allowed", "pg_advisory_lock").await;
    refused(&client, "select * from app.signed", "operator_not_allowed", "operator ===").await;
    refused(&client, "select * from app.cast", "function_not_allowed", "app.spy(").await;
    refused(&client, "select 1::app.checked", "function_not_allowed", "app.spy(").await;
    answered(&client, "select * from app.harmless").await;
}

#[tokio::test]
async fn a_wrong_entry_is_told_when_the_configuration_is_read() {
    for (reach, told) in [
        (json!({ "allow_functions": ["total"] }), "\"total\" has no schema"),
        (json!({ "deny_relations": ["app.a", "hr."] }), "\"hr.\" is not schema.name"),
        (json!({ "allow_extensions": ["pg trgm"] }), "\"pg trgm\" is not the name of an extension"),
    ] {
        let shop = json!({ "dsn": "host=localhost", "reach": reach });
        let config = Configuration::new(&json!({ "databases": { "shop": shop } }).to_string());
        let output = pgwright(&["serve", "--config", config.path()]).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(told), "{said}");
    }
}
