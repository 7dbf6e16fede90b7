//! Names that a user gave to functions of their own beside built-in ones: each call of such a name is judged by what
//! PostgreSQL takes it for.

use serde_json::json;

use super::{answered, app, configured, refused, told};
use crate::support::{Client, Database, NEWER};

const OVERLOADS: &str = "
    create table app.orders (id int, status text, share float8, token uuid, is_open boolean);
    insert into app.orders values (1, 'new', 0.123, '00000000-0000-0000-0000-000000000001', true);
    create function app.larger(uuid, uuid) returns uuid immutable language plpgsql as
        $$ begin perform app.tell('larger'); return $1; end $$;
    create aggregate public.max(uuid) (sfunc = app.larger, stype = uuid);
    create function public.round(double precision, int) returns numeric immutable language plpgsql as
        $$ begin perform app.tell('round'); return 1; end $$;
    create function public.status(text) returns text immutable language plpgsql as
        $$ begin perform app.tell('status'); return $1; end $$;
    create function app.count_open(boolean) returns bigint immutable language plpgsql as
        $$ begin perform app.tell('count_open'); return 1; end $$;
    create cast (boolean as bigint) with function app.count_open(boolean) as implicit;
    create function public.same(int, text) returns boolean immutable language plpgsql as
        $$ begin return app.tell('same') = 1; end $$;
    create operator public.= (leftarg = int, rightarg = text, function = public.same);
    create type app.span as range (subtype = int);
";

/// What is not chosen.
const HARMLESS: &[&str] = &[
    "select max(id), max(share), max(status) from app.orders",
    "select round(share::numeric, 1), round(share), round(1.5, 0) from app.orders",
    "select o.status, (o).status from app.orders o where o.status = 'new'",
    "select id from app.orders where is_open and id = 1 order by status",
    "with o as (select * from app.orders) select o.status, max(o.id) from o group by o.status",
    "select app.span(1, 5) @> 3, app.span(id, 9, '[]') from app.orders",
    "select max(id) over (partition by status) from app.orders where id in (1, 2) union select 2",
];

/// What is.
const CHOSEN: &[(&str, &str)] = &[
    ("select max(token) from app.orders", "public.max("),
    ("select round(share, 1) from app.orders", "public.round("),
    ("select id from app.orders where id = (select round(id, 0)::int)", "public.round("),
    (
        "with o as (select round(share, 1) as r from app.orders) select max(id) from o, app.orders",
        "public.round(",
    ),
    ("select ('x'::text).status", "public.status("),
    ("select g.status from unnest(array['x']) g", "public.status("),
    ("select max(id) from app.orders group by id having bool_or(id = status)", "public.same("),
    ("select max(id) from app.orders order by max(token)", "public.max("),
    ("select is_open + 1::bigint, max(id) over () from app.orders", "app.count_open("),
    ("select 1 where 2 = any (select o.status from app.orders o)", "public.same("),
];

#[tokio::test]
async fn an_overload_is_judged_where_postgresql_chooses_it() {
    let database = app(OVERLOADS).await;
    let client = Client::stdio(&database).await;
    for sql in HARMLESS {
        answered(&client, sql).await;
    }
    for (sql, named) in CHOSEN {
        let failures = super::refusals(&client, sql).await;
        for failure in failures {
            assert!(failure.text.contains(named), "{sql} should name {named}: {}", failure.text);
            let code = failure.error["code"].as_str().unwrap();
            assert!(code.ends_with("_not_allowed"), "{sql}: {}", failure.text);
        }
    }
    assert_eq!(told(&database).await, 0);
    let client = configured(&database, "postgres", json!({ "allow_functions": ["public.round"] })).await;
    answered(&client, "select round(share, 1) from app.orders").await;
    assert!(told(&database).await > 0);
}

/// PostgreSQL writes its trees a little differently in every version.
#[tokio::test]
async fn an_overload_is_judged_on_the_newer_version() {
    let database = Database::on(NEWER).await;
    database
        .execute(
            "create schema app;
             create function app.tell(text) returns int immutable language sql as 'select 1';",
        )
        .await;
    database.execute(OVERLOADS).await;
    let client = Client::stdio(&database).await;
    for sql in HARMLESS {
        answered(&client, sql).await;
    }
    for (sql, named) in CHOSEN {
        for failure in super::refusals(&client, sql).await {
            assert!(failure.text.contains(named), "{sql} should name {named}: {}", failure.text);
        }
    }
}

/// A check runs where a value is made, not where one is read.
#[tokio::test]
async fn a_domain_is_checked_where_a_value_is_made() {
    let database = app("
        create domain app.checked as int check (app.spy(value) = 1);
        create table app.kept (id int, inside app.checked);
        create view app.keeping as select id, inside, inside + 1 as more from app.kept where inside > 0;
        create view app.making as select id::app.checked as made from app.kept;
        create type app.holder as (inside app.checked);
        create type app.span as range (subtype = app.checked);
        create table app.holding (held app.holder, many app.checked[], spans app.span, id int);
        create extension hstore;
        insert into app.kept values (1, 5);
        truncate app.trace;
    ")
    .await;
    let client = Client::stdio(&database).await;
    for sql in [
        "select inside, count(*) from app.kept where inside = 5 and id::bigint > 0 group by inside order by 1",
        "select max(inside), sum(inside), lower(min(inside)::text) from app.kept",
        "select more from app.keeping where inside = 5 and id in (1, 2)",
        "select abs(inside), inside is null from app.kept",
        "select (held).inside, many[1], id from app.holding where id = 1",
        "select to_json(k), inside from app.kept k",
    ] {
        answered(&client, sql).await;
    }
    assert_eq!(told(&database).await, 0);
    for sql in [
        "select made from app.making",
        "select id::app.checked from app.kept",
        "select row(id)::app.holder from app.kept",
        "select (array[id])::app.checked[] from app.kept",
        "select array[1]::app.checked[] is null",
        "select held = '(7)'::app.holder from app.holding",
        "select id from app.holding where held in ('(7)')",
        "select id from app.holding where many @> '{7}'",
        "select id from app.holding where spans && '[1,2]'",
        "select id from app.holding where '7' <@ spans",
        "select app.span(1, id) from app.kept",
        "select lag(inside, 1, '7') over () from app.kept",
        "select array_append(many, 7), array_position(many, '7') from app.holding",
        "select array_agg(inside) = '{7}' from app.kept",
        "select k #= '\"inside\"=>\"7\"' from app.kept k",
        "select populate_record(k, '\"inside\"=>\"7\"') from app.kept k",
        "select x from xmltable('/a' passing '<a>7</a>' columns x app.checked path '.')",
        "select * from jsonb_populate_recordset(null::app.kept, '[{\"inside\": 7}]')",
        "select (jsonb_populate_record(h.held, '{\"inside\": 7}')).inside from app.holding h",
        "select jsonb_populate_record(null::app.holder, to_jsonb(k)) from app.kept k",
    ] {
        refused(&client, sql, "function_not_allowed", "app.spy(").await;
    }
    assert_eq!(told(&database).await, 0);
}
