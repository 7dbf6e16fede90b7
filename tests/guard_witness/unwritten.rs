//! What a statement runs though nothing in it says so: what planning puts in place of an operator, what serves a sort order,
//! what the types of rows and arrays bring with them.

use serde_json::json;

use super::{answered, app, configured, refused, told};
use crate::support::Client;

/// A superuser may give any type a sort order; `using` picks one by an operator.
#[tokio::test]
async fn an_order_by_an_operator_runs_what_serves_it() {
    let database = app("
        create function app.compared(int, int) returns int immutable language plpgsql as
            $$ begin perform app.tell('compared'); return $1 - $2; end $$;
        create function app.less(int, int) returns boolean immutable language internal as 'int4lt';
        create function app.less_or_equal(int, int) returns boolean immutable language internal as 'int4le';
        create function app.more(int, int) returns boolean immutable language internal as 'int4gt';
        create function app.more_or_equal(int, int) returns boolean immutable language internal as 'int4ge';
        create operator public.<<< (leftarg = int, rightarg = int, function = app.less);
        create operator public.<<= (leftarg = int, rightarg = int, function = app.less_or_equal);
        create operator public.>>= (leftarg = int, rightarg = int, function = app.more_or_equal);
        create operator public.>>> (leftarg = int, rightarg = int, function = app.more);
        create operator class app.told_order for type int using btree
            as operator 1 public.<<<, operator 2 public.<<=, operator 3 =, operator 4 public.>>=,
            operator 5 public.>>>, function 1 app.compared(int, int);
        insert into app.item values (2, 1, 'two'), (3, 1, 'three');
    ")
    .await;
    let listed = json!({ "allow_functions": [
        "app.less", "app.less_or_equal", "app.more", "app.more_or_equal"
    ] });
    let client = configured(&database, "postgres", listed).await;
    refused(
        &client,
        "select id from app.item order by id using <<<",
        "operator_not_allowed",
        "app.compared(",
    )
    .await;
    let sql = "select array_agg(id order by id using >>>) from app.item";
    refused(&client, sql, "operator_not_allowed", "app.compared(").await;
    answered(&client, "select id from app.item order by id using <").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.*"] })).await;
    answered(&client, "select id from app.item order by id using <<<").await;
    assert!(told(&database).await > 0);
}

/// Planning turns `not (a === b)` into the operator's negator, and swaps sides by its commutator.
#[tokio::test]
async fn an_operator_stands_for_its_negator() {
    let database = app("
        create function app.same(int, int) returns boolean immutable language internal as 'int4eq';
        create function app.differs(int, int) returns boolean immutable language plpgsql as
            $$ begin return app.tell('differs') = 1; end $$;
        create operator public.=== (leftarg = int, rightarg = int, function = app.same, negator = !==);
        create operator public.!== (leftarg = int, rightarg = int, function = app.differs, negator = ===);
    ")
    .await;
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.same"] })).await;
    refused(&client, "select id from app.item where not (id === 2)", "operator_not_allowed", "app.differs(")
        .await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.*"] })).await;
    answered(&client, "select id from app.item where not (id === 2)").await;
    assert!(told(&database).await > 0, "planning put the negator there");
}

/// Operators that a user gave to the rows of a table, or to arrays of them.
#[tokio::test]
async fn rows_and_arrays_of_them_bring_their_operators() {
    let database = app("
        create function app.rows_same(app.item, app.item) returns boolean immutable language plpgsql as
            $$ begin return app.tell('rows') = 1; end $$;
        create operator public.= (leftarg = app.item, rightarg = app.item, function = app.rows_same);
        create function app.lists_same(app.item[], app.item[]) returns boolean immutable language plpgsql as
            $$ begin return app.tell('lists') = 1; end $$;
        create operator public.= (leftarg = app.item[], rightarg = app.item[], function = app.lists_same);
        create operator public.< (leftarg = app.item[], rightarg = app.item[], function = app.lists_same);
        create function public.cardinality(app.item[]) returns int immutable language plpgsql as
            $$ begin return app.tell('cardinality'); end $$;
        create view app.pairs as select a as first, array[a] as list from app.item a;
    ")
    .await;
    let client = Client::stdio(&database).await;
    for (sql, named) in [
        ("select a from app.item a, app.item b where a = b", "app.rows_same("),
        ("select 1 from app.item a, app.item b where array[a] = array[b]", "app.lists_same("),
        ("select array_agg(a) < array_agg(b) from app.item a, app.item b", "app.lists_same("),
        ("select 1 from app.pairs p, app.pairs q where p.list = q.list", "app.lists_same("),
        ("select 1 from app.pairs p, app.pairs q where p.first = q.first", "app.rows_same("),
        ("select 1 from app.pairs p join app.pairs q using (list)", "app.lists_same("),
        ("select nullif(p.list, p.list) from app.pairs p", "app.lists_same("),
    ] {
        refused(&client, sql, "operator_not_allowed", named).await;
    }
    refused(
        &client,
        "select cardinality(array_agg(a)) from app.item a",
        "function_not_allowed",
        "public.cardinality(",
    )
    .await;
    answered(&client, "select a.id from app.item a join app.item b on a.id = b.id where a.name = 'one'")
        .await;
    answered(&client, "select cardinality(array_agg(a.id)) from app.item a").await;
    assert_eq!(told(&database).await, 0);
}

/// Functions that write JSON look for a cast to it.
#[tokio::test]
async fn json_is_written_by_a_cast_where_there_is_one() {
    let database = app("
        create type app.mood as enum ('glad', 'sad');
        create function app.shown(app.mood) returns json immutable language plpgsql as
            $$ begin perform app.tell('shown'); return '1'::json; end $$;
        create cast (app.mood as json) with function app.shown(app.mood);
        create table app.day (mood app.mood);
        create view app.days as select to_json(mood) from app.day;
        insert into app.day values ('glad');
    ")
    .await;
    let client = Client::stdio(&database).await;
    for sql in ["select to_json(mood) from app.day", "select json_agg(d) from app.day d", "table app.days"] {
        refused(&client, sql, "cast_not_allowed", "app.shown(").await;
    }
    answered(&client, "select mood from app.day where mood = 'glad' order by mood").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.shown"] })).await;
    answered(&client, "select to_json(mood) from app.day").await;
    assert!(told(&database).await > 0);
}

/// What a union converts is not written in the tree that PostgreSQL parses.
#[tokio::test]
async fn a_union_converts_by_implicit_casts() {
    let database = app("
        create type app.mood as enum ('glad', 'sad');
        create type app.state as enum ('glad', 'sad');
        create function app.stated(app.mood) returns app.state immutable language plpgsql as
            $$ begin perform app.tell('stated'); return $1::text::app.state; end $$;
        create cast (app.mood as app.state) with function app.stated(app.mood) as implicit;
        create table app.day (mood app.mood, state app.state, id int);
        create view app.days as select state from app.day union all select mood from app.day;
        create function public.status(app.day) returns int immutable language sql as 'select 1';
        insert into app.day values ('glad', 'sad');
    ")
    .await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select state from app.day union select mood from app.day",
        "select state from app.days",
        "with recursive s as (select state from app.day union select mood from app.day where id > 1) table s",
        "select coalesce(state, mood) from app.day",
    ] {
        refused(&client, sql, "cast_not_allowed", "app.stated(").await;
    }
    answered(&client, "select mood from app.day union select mood from app.day").await;
    answered(&client, "select id from app.day union select max(1) from app.day where mood = 'glad'").await;
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["app.stated"] })).await;
    answered(&client, "select state from app.days").await;
    assert!(told(&database).await > 0);
}

/// A server cuts names at 63 bytes of its own encoding.
#[tokio::test]
async fn names_are_read_as_the_servers_encoding_has_them() {
    let database = app("").await;
    let latin = format!("{}_latin", database.name());
    database
        .execute(&format!(
            "create database {latin} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0"
        ))
        .await;
    let own_name = format!("dbname={}", database.name());
    let dsn = database.dsn().replace(&own_name, &format!("dbname={latin}"));
    let (long, cut) = ("é".repeat(40), "é".repeat(31));
    database
        .execute(&format!(
            "select ext.dblink_exec('{dsn}', $sql$
                 create schema app;
                 create table app.größe (id int, maß int);
                 create function app.{cut}() returns int immutable language sql as 'select 1';
                 create function app.{long}() returns int immutable language sql as 'select 2';
             $sql$)"
        ))
        .await;
    let shop = json!({ "dsn": dsn, "reach": { "allow_functions": [format!("app.{cut}")] } });
    let client = Client::configured(&json!({ "databases": { "shop": shop } }).to_string()).await;
    refused(&client, &format!("select app.{long}()"), "witnesses_disagree", "LATIN1").await;
    answered(&client, "select g.maß from app.größe g").await;
}

/// The judge reads the catalogue as it was committed; PostgreSQL waits for the lock, then reads what came after.
#[tokio::test]
async fn what_is_replaced_between_judgement_and_reading_is_judged_again() {
    let database = app("create view app.one as select id from app.item").await;
    let client = Client::stdio(&database).await;
    for (tool, analyze) in [("run_query", false), ("explain_query", false), ("explain_query", true)] {
        let mut arguments = json!({ "sql": "select id from app.one where id > 0" });
        if analyze {
            arguments["analyze"] = json!(true);
        }
        database.execute("begin; create or replace view app.one as select app.spy(1) as id").await;
        let replace = async {
            database.until("select exists (select from pg_locks where not granted)").await;
            database.execute("commit").await;
        };
        let (answer, ()) = tokio::join!(client.call(tool, arguments), replace);
        let failure = answer.unwrap_err();
        assert_eq!(failure.error["code"], "function_not_allowed", "{tool}: {}", failure.text);
        database.execute("create or replace view app.one as select id from app.item").await;
    }
    assert_eq!(told(&database).await, 0);
}
