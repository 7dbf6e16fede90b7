//! Masked columns: what is shown of them, what is refused because it would tell about them, and what stays free.

mod grammar;
mod twins;

use serde_json::{Value, json};

use crate::support::{Answer, Client, Configuration, Database, Era, Failure, NEWER, OLDER, pgwright};

const SHOP: &str = "
    create table customers (
        id int primary key, name text, email text, phone text, born date, salary int, note text,
        email_lower text generated always as (lower(email)) stored
    );
    insert into customers (id, name, email, phone, born, salary, note)
    select n, 'name ' || n, 'secret-' || n || '@canary.example', '+49 30 555 010' || n, date '1984-05-06' + n, 51000 + n,
           'canary note ' || n
    from generate_series(1, 5) n;
    create table orders (id int primary key, customer_id int, total numeric, email text);
    insert into orders select n, n % 5 + 1, n * 10, 'order@plain.example' from generate_series(1, 20) n;
    create view contacts as select c.id, c.email as contact, c.name from customers c join orders o on o.customer_id = c.id;
    create view renamed (key, reach) as select id, contact from contacts;
    create materialized view copied as select id, email from customers;
    create view in_condition as select id, name from customers where email like 'secret%';
    create view in_expression as select id, upper(email) as shout from customers;
    create view on_spoilt as select id from in_condition;
    create view harmless as select id, name from customers where id > 2;
    create table events (day date, who text, amount int) partition by range (day);
    create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
    insert into events values ('2024-02-03', 'secret-9@canary.example', 5);
    create table animals (id int, keeper text);
    create table dogs (breed text) inherits (animals);
    insert into dogs values (1, 'secret-7@canary.example', 'pug');
    analyze;
";

const MASKING: &str = "
      public.customers.email: partial
      public.customers.phone: hash
      public.customers.born: {bucket: year}
      public.customers.salary: {bucket: 1000}
      public.customers.note: {constant: gone}
      public.events.who: 'null'
      public.dogs.keeper: constant";

struct Shop {
    database: Database,
    client: Client,
    config: Configuration,
}

impl Shop {
    async fn open() -> Self {
        Self::with(Database::with(SHOP).await, &format!("\n    masking:\n     columns:{MASKING}")).await
    }

    async fn with(database: Database, masking: &str) -> Self {
        let config = Configuration::new(&format!(
            "databases:\n  shop:\n    dsn: '{}'\n    environment: development{masking}\n",
            database.dsn()
        ));
        let client = Client::launch(&["--config", config.path(), "serve"], Era::Sessions).await;
        Self { database, client, config }
    }

    async fn ask(&self, sql: &str) -> Result<Answer, Failure> {
        self.client.call("run_query", json!({ "sql": sql, "format": "rows" })).await
    }

    /// The rows of a statement that is answered, none of which holds a canary.
    async fn rows(&self, sql: &str) -> Value {
        let answer = self.ask(sql).await.unwrap_or_else(|failure| panic!("{sql}\n{}", failure.text));
        assert_hidden(sql, &answer.structured.to_string());
        assert_hidden(sql, &answer.text);
        answer["rows"].clone()
    }

    async fn refused(&self, sql: &str) -> Failure {
        let failure = match self.ask(sql).await {
            Ok(answer) => panic!("{sql}\n{:#}", answer.structured),
            Err(failure) => failure,
        };
        assert_hidden(sql, &failure.text);
        failure
    }
}

fn assert_hidden(sql: &str, said: &str) {
    for canary in ["secret-", "canary note", "555 010", "SECRET-", "1984-05", "51001"] {
        assert!(!said.contains(canary), "{sql}\n{said}");
    }
}

#[tokio::test]
async fn each_mask_shows_what_it_promises() {
    let shop = Shop::open().await;
    let row = shop.rows("select email, born, salary, note, email_lower from customers where id = 1").await;
    assert_eq!(row, json!([["s***@canary.example", "1984", "[51000,52000)", "gone", "(masked)"]]));
    assert_eq!(shop.rows("select who from events").await, json!([[null]]));
    let hashes = shop.rows("select a.phone, b.phone, c.phone from customers a, customers b, customers c where a.id = 1 and b.id = 1 and c.id = 2").await;
    let hashes = hashes[0].as_array().unwrap();
    assert!(hashes[0].as_str().unwrap().starts_with("h:"));
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[0], hashes[2]);
}

#[tokio::test]
async fn an_answer_says_what_it_hides() {
    let shop = Shop::open().await;
    let answer = shop.ask("select id, email from customers").await.unwrap();
    assert_eq!(answer["hidden"], json!(["public.customers.email is masked (partial) by the configuration"]));
    assert!(answer.text.contains("email is masked (partial)"), "{}", answer.text);
}

#[tokio::test]
async fn a_masked_column_is_followed_wherever_it_is_handed_through() {
    let shop = Shop::open().await;
    for sql in [
        "select email from customers",
        "select email as name from customers",
        "select * from customers",
        "table customers",
        "select s.e from (select email as e from customers) s",
        "with c(a, b) as (select id, email from customers) select b, a from c",
        "with c as materialized (select * from customers) select email from c",
        "select c.email, o.total from orders o join customers c on c.id = o.customer_id",
        "select c.email from orders o left join customers c on c.id = o.customer_id",
        "select c.email from orders o full join customers c on c.id = o.customer_id",
        "select l.email from orders o, lateral (select c.email from customers c where c.id = o.customer_id) l",
        "select b from customers as c(a, n, b)",
        "select contact from contacts",
        "select reach from renamed",
        "select r.reach as x from renamed r",
        "select email from copied",
        "select * from copied",
        "select who from events_2024",
        "select * from only events_2024",
        "select keeper from animals",
        "select keeper from dogs",
        "select email_lower from customers",
        "select email from customers order by id desc",
        "select distinct on (id) id, email from customers",
        "select *, g from customers, generate_series(1, 1) g",
        "select * from customers join orders using (id)",
        "select x.email from customers c, lateral (select c.*) x",
        "select u&\"\\0065mail\" from customers",
    ] {
        let rows = shop.rows(sql).await;
        assert!(!rows.as_array().unwrap().is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn what_would_tell_about_a_masked_column_is_refused() {
    let shop = Shop::open().await;
    for sql in [
        "select c from customers c",
        "select to_json(c) from customers c",
        "select c::text from customers c",
        "select row(c.*) from customers c",
        "select c.to_json from customers c",
        "select (customers).email from customers",
        "select jsonb_path_query(to_jsonb(c), '$.email') from customers c",
        "select email from customers union all select 'x'",
        "select upper(email) from customers",
        "select email || '' from customers",
        "select id from customers where email like 'x%'",
        "select o.id from orders o join customers c on c.email = o.email",
        "select customers.id from customers join orders using (email)",
        "select customers.id from customers natural join copied",
        "select id from customers order by email",
        "select id, email from customers order by 2",
        "select email, count(*) from customers group by email",
        "select email, count(*) from customers group by 1",
        "select distinct email from customers",
        "select count(distinct email) from customers",
        "select min(email), max(email) from customers",
        "select rank() over (order by email) from customers",
        "select o.id from orders o, lateral (select 1 from customers c where c.email = o.email) l",
        "select id from orders o where exists (select 1 from customers c where c.email = o.email)",
        "select (select email from customers limit 1)",
        "select a from customers as c(a, n, b) where b > 'a'",
        "select array_agg(email) from customers",
        "select string_agg(email, ',') from customers",
        "select xmlforest(email) from customers",
        "select reach from renamed where reach > 'a'",
        "select count(*) from copied where email = 'x'",
        "select count(*) from events_2024 where who like 's%'",
        "select id from in_condition",
        "select shout from in_expression",
        "select * from in_expression",
        "select count(*) from in_expression where shout like 'S%'",
        "select id from in_expression order by shout",
        "select id from on_spoilt",
        "explain analyze select id from customers where email = 'a'",
        "select id from customers order by u&\"\\0065mail\"",
        "select upper(\"email\") from customers",
        "select EMAIL || 'x' from customers",
        "select (email).upper from customers",
        "select c.email.upper from customers c",
        "select a.id from customers a, customers b where a = b",
        "select (array_agg(c))[1] from customers c",
        "select v.e from customers c, lateral (values (c.email)) v(e)",
        "select x.* from customers c, jsonb_to_record(to_jsonb(c)) as x(email text)",
        "select table_to_xml('customers', true, false, '')",
        "select query_to_xml('select email from customers', true, false, '')",
        "select most_common_vals from pg_stats where tablename = 'customers'",
        "select histogram_bounds::text from pg_catalog.pg_stats",
    ] {
        let failure = shop.refused(sql).await;
        assert_eq!(failure.error["retryable"], false, "{sql}");
    }
    let failure = shop.refused("select id\nfrom customers where email like 'a%'").await;
    assert_eq!(failure.error["code"], "masked_column");
    assert!(failure.text.contains("the masked column email stands in a condition"), "{}", failure.text);
    let failure = shop.refused("select id from on_spoilt").await;
    assert!(failure.text.contains("view public.in_condition can't be read"), "{}", failure.text);
}

#[tokio::test]
async fn uses_that_only_postgresql_sees_are_refused() {
    let shop = Shop::open().await;
    shop.database.execute("create table plainc (id int)").await;
    for sql in [
        "select id, (select public.customers.email||'' from (select 1) customers) as leak from public.customers",
        "select id from public.customers where exists (select 1 from (select 1) customers where public.customers.email like 'b%')",
        "select c||'' as leak from (with x as (select 1 from plainc) table customers) s(a,b,c)",
        "with a as (with recursive b(x) as (select 1 union all select x+1 from b where x<3) search depth first by x \
         set email select x from b) select id, (select email||'' from a limit 1) from customers c",
        "(select 'x'::text as email, id from customers) \
         order by (case when email like 'c%' then 0 else 1 end) limit 1",
        "select count(*) from customers group by (email, id)",
        "select email, count(*) from customers group by (1, 1)",
        "select email, count(*) from customers group by rollup ((1, 1))",
    ] {
        let failure = shop.refused(sql).await;
        assert_eq!(failure.error["code"], "masked_column", "{sql}\n{}", failure.text);
    }
}

#[tokio::test]
async fn everyday_plans_with_a_masked_column_pass() {
    let shop = Shop::open().await;
    for sql in [
        "select c.id, c.email, sum(o.total) from customers c join orders o on o.customer_id = c.id group by c.id",
        "with t as materialized (select c.id, c.email, sum(total) as spend from customers c \
         join orders o on o.customer_id = c.id group by c.id) select * from t where spend > 1 order by spend desc",
        "select * from (select id, email from customers order by id limit 3) s where s.id > 1 order by s.id",
        "select name, count(*) from customers group by name order by name",
        "select email, name || '' from customers where name <> 'customers.email' order by id limit 2",
        "select contact from contacts where id > 1 order by id",
        "select who from events where day > '2024-01-01' order by day",
        "select keeper from animals where id > 0 order by id",
        "select row_number() over (order by id), email from customers",
    ] {
        let rows = shop.rows(sql).await;
        assert!(!rows.as_array().unwrap().is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn what_leaves_the_masked_columns_out_stays_free() {
    let shop = Shop::open().await;
    for (sql, expected) in [
        ("select count(*) from customers", json!([[5]])),
        ("select upper(name) from customers where id = 1", json!([["NAME 1"]])),
        (
            "select name, count(*) from customers where id < 2 group by name order by name",
            json!([["name 1", 1]]),
        ),
        ("select count(*) from customers c join orders o on o.customer_id = c.id", json!([[20]])),
        ("select id from harmless order by id limit 1", json!([[3]])),
        ("select count(*) from (select * from customers) s", json!([[5]])),
        ("select id from customers where id = 1 union select 7 order by 1", json!([[1], [7]])),
        ("select sum(amount) from events", json!([[5]])),
        (
            "select max(o.email) from orders o, customers c where o.email like 'order%'",
            json!([["o***@plain.example"]]),
        ),
    ] {
        assert_eq!(shop.rows(sql).await, expected, "{sql}");
    }
    let plan = shop.ask("explain select email from customers where name = 'my own'").await.unwrap();
    assert!(plan.structured.to_string().contains("my own"), "a caller's own literal");
}

/// Whether a value is NULL shows in the rows anyway.
#[tokio::test]
async fn whether_a_masked_value_is_there_may_be_asked() {
    let shop = Shop::open().await;
    shop.database.execute("insert into customers (id, name) values (6, 'name 6')").await;
    for (sql, expected) in [
        ("select count(email), count(*) from customers", json!([[5, 6]])),
        ("select count(*) filter (where email is not null) from customers", json!([[5]])),
        ("select id from customers where email is null", json!([[6]])),
        ("select id, email is null from customers where id > 4 order by id", json!([[5, false], [6, true]])),
        (
            "select name, count(contact) from contacts where id = 1 group by name having count(contact) > 0",
            json!([["name 1", 4]]),
        ),
        (
            "select id, email from customers where id < 3 group by id",
            json!([[1, "s***@canary.example"], [2, "s***@canary.example"]]),
        ),
    ] {
        assert_eq!(shop.rows(sql).await, expected, "{sql}");
    }
}

/// A column that a view makes of a masked one spoils that column, not the view.
#[tokio::test]
async fn the_plain_columns_of_a_view_are_free_beside_one_that_is_made_of_a_mask() {
    let shop = Shop::open().await;
    shop.database
        .execute(
            "create view spread as select id, regexp_split_to_table(email, '-') as part from customers;
             create materialized view kept as select id, upper(email) as shout from customers;
             create view above as select id, shout from in_expression where id > 1;
             create view flagged as select id, case when email like 'secret-1%' then 1 end as flag from customers",
        )
        .await;
    assert_eq!(shop.rows("select id from in_expression where id = 1").await, json!([[1]]));
    assert_eq!(shop.rows("select count(*) from above").await, json!([[4]]));
    // How many rows there are would tell; a copy that is kept says nothing of how it was made.
    for sql in [
        "select id from spread",
        "select count(*) from spread",
        "select id from kept",
        "select shout from above",
        "select flag from flagged",
        "select count(flag) from flagged",
        "select id from flagged where flag is null",
        "with f as materialized (select id, flag from flagged) select count(flag) from f",
        "select id from flagged order by flag is null limit 1",
    ] {
        shop.refused(sql).await;
    }
}

#[tokio::test]
async fn explain_query_counts_no_masked_values() {
    let shop = Shop::open().await;
    let sql = "select id from customers where email like $1";
    shop.client.call("explain_query", json!({ "sql": sql })).await.unwrap();
    let measured = json!({ "sql": sql, "params": ["secret-1%"], "analyze": true });
    let failure = shop.client.call("explain_query", measured).await.unwrap_err();
    assert_eq!(failure.error["code"], "masked_column");
    let free = json!({ "sql": "select count(*) from customers", "analyze": true });
    shop.client.call("explain_query", free).await.unwrap();
}

/// The planner's statistics hold the most common values: `rows=1` against `rows=0` is an answer.
#[tokio::test]
async fn estimates_of_plans_tell_nothing_of_masked_values() {
    let shop = Shop::open().await;
    for guess in [
        "select id from customers where email = 'secret-1@canary.example'",
        "select id from customers where id > 2 and not (email = any ('{a,b}'))",
        "select id from customers where email > 'secret' or id = 1",
        "select id from customers where born < date '1984-05-10'",
        "select c.id from customers c join orders o on o.email = c.email where o.email = 'x'",
        "select id from renamed, customers where reach = 'x'",
        "select name from customers group by name having min(email) = 'x'",
        "select id from (select id, email from customers order by id limit 3) s where email = 'x'",
        "select id from in_condition",
        "select amount from events where who = 'secret-9@canary.example'",
        "select id from customers where email ~~ ('s' || '%')",
        "select id from customers where email = current_user",
    ] {
        let explained = shop.client.call("explain_query", json!({ "sql": guess })).await;
        assert_eq!(explained.expect_err(guess).error["code"], "masked_column", "{guess}");
        for explain in ["explain", "explain (format json, costs off)", "explain verbose"] {
            let failure = shop.refused(&format!("{explain} {guess}")).await;
            assert_eq!(failure.error["code"], "masked_column", "{guess}");
        }
    }
    let of_any = "select id from customers where email = $1 and id > 2 order by email limit 3";
    let plan = shop.client.call("explain_query", json!({ "sql": of_any })).await.unwrap();
    assert!(plan.text.contains("customers"), "{}", plan.text);
    let advice =
        shop.client.call("suggest_index", json!({ "statements": [{ "sql": of_any }] })).await.unwrap();
    assert_eq!(advice["skipped"], json!([]), "{:#}", advice.structured);
    // With a value it is the plan for that value.
    let value = json!({ "sql": of_any, "params": ["secret-1@canary.example"] });
    let failure = shop.client.call("explain_query", value).await.unwrap_err();
    assert!(failure.text.contains("$1 in place of the value"), "{}", failure.text);
    let guess = json!({ "statements": [{ "sql": "select id from customers where email = 'secret-1@canary.example'" }] });
    let advice = shop.client.call("suggest_index", guess).await.unwrap();
    assert!(
        advice["skipped"][0]["reason"].as_str().unwrap().contains("masked column"),
        "{:#}",
        advice.structured
    );
    // What does not stand in a condition tells nothing by its estimate.
    for free in [
        "select email, count(*) from customers group by email order by email",
        "select upper(email) from customers where name = 'name 1'",
        "select a.id from customers a join customers b using (email)",
        "select id from customers where email is not null",
    ] {
        shop.client
            .call("explain_query", json!({ "sql": free }))
            .await
            .unwrap_or_else(|failure| panic!("{}", failure.text));
    }
}

/// What stands in no text of the caller's: a policy, a column that is computed when it is read.
#[tokio::test]
async fn uses_that_only_the_plan_shows_are_refused() {
    let database = Database::on(NEWER).await;
    let reader = format!("{}_reader", database.name());
    database.execute(SHOP).await;
    database
        .execute(&format!(
            "create role {reader} login;
             grant usage on schema public to {reader};
             grant select on customers to {reader};
             alter table customers enable row level security;
             alter table customers add column initial text generated always as (left(email, 1)) virtual;
             create policy own on customers using (email like 'secret-1%')"
        ))
        .await;
    let config = Configuration::new(&format!(
        "databases:\n  shop:\n    dsn: '{}'\n    environment: development\n    masking:\n     columns:{}\n",
        database.dsn_as(&reader),
        "\n      public.customers.email: partial"
    ));
    let client = Client::launch(&["--config", config.path(), "serve"], Era::Sessions).await;
    let shop = Shop { database, client, config };
    for sql in ["select id from customers", "select count(*) from customers", "select initial from customers"]
    {
        let failure = shop.refused(sql).await;
        assert_eq!(failure.error["code"], "masked_column", "{sql}");
        assert!(failure.text.contains("by PostgreSQL's own plan"), "{sql}\n{}", failure.text);
    }
}

/// What a key points to is the same value.
#[tokio::test]
async fn a_mask_follows_foreign_keys_both_ways() {
    let shop = Shop::with(
        Database::with(
            "create table people (ssn text primary key, badge text unique);
             create table visits (id int primary key, ssn text references people, badge text references people (badge));
             create table notes (visit int, visitor text references people (badge), own text references people);
             insert into people values ('secret-1', 'secret-2');
             insert into visits values (1, 'secret-1', 'secret-2');
             insert into notes values (1, 'secret-2', 'secret-1')",
        )
        .await,
        "\n    masking: {columns: {public.people.ssn: hash, public.visits.badge: 'null', public.notes.own: {constant: own}}}",
    )
    .await;
    let rows = shop
        .rows("select p.ssn, v.ssn, v.badge, p.badge, n.visitor, n.own from people p, visits v, notes n")
        .await;
    let row = rows[0].as_array().unwrap();
    assert!(row[0].as_str().unwrap().starts_with("h:"));
    assert_eq!(row[0], row[1], "the same value looks the same");
    assert_eq!(
        row[2..],
        [Value::Null, Value::Null, Value::Null, json!("own")],
        "up, down again, and a rule of its own"
    );
    shop.refused("select id from visits where ssn = 'x'").await;
}

#[tokio::test]
async fn pages_never_go_by_a_masked_key() {
    let shop = Shop::with(
        Database::with(
            "create table people (email text primary key, city text);
             insert into people select 'secret-' || n || '@canary.example', 'here' from generate_series(1, 9) n",
        )
        .await,
        "\n    masking: {columns: {public.people.email: partial}}",
    )
    .await;
    let answer = shop
        .client
        .call("run_query", json!({ "sql": "select email, city from people", "limit": 3 }))
        .await
        .unwrap();
    assert_eq!(answer["truncated"], true);
    assert!(answer.get("cursor").is_none(), "{}", answer.structured);
    assert_hidden("paging", &answer.text);
}

#[tokio::test]
async fn a_rule_that_leads_nowhere_closes_what_it_may_have_meant() {
    let shop = Shop::open().await;
    shop.database.execute("alter table customers rename column email to e_mail").await;
    let failure = shop.refused("select count(*) from customers").await;
    assert!(failure.text.contains("public.customers.email"), "{}", failure.text);
    assert!(failure.text.contains("the nearest is e_mail"), "{}", failure.text);
    shop.rows("select count(*) from animals").await;

    shop.database.execute("alter table customers rename column e_mail to email").await;
    shop.database.execute("alter table customers rename to clients").await;
    let failure = shop.refused("select email from clients").await;
    assert!(failure.text.contains("no such table"), "{}", failure.text);
    let doctor = pgwright(&["--config", shop.config.path(), "doctor"]).output().await.unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("public.customers.email"), "{said}");
    // Something else with a column of that name is closed with it: it may be the one that was meant.
    shop.refused("select email from orders").await;
    shop.rows("select count(*) from animals").await;
}

#[tokio::test]
async fn labels_of_the_anonymizer_are_masks() {
    let database = Database::with(SHOP).await;
    database
        .execute(
            "set allow_system_table_mods = on;
             insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
             values ('customers'::regclass, 'pg_class'::regclass, 3, 'anon', 'MASKED WITH FUNCTION anon.partial_email(email)'),
                    ('customers'::regclass, 'pg_class'::regclass, 4, 'anon', 'MASKED WITH VALUE NULL'),
                    ('customers'::regclass, 'pg_class'::regclass, 7, 'anon', 'MASKED WITH FUNCTION own.thing()'),
                    ('customers'::regclass, 'pg_class'::regclass, 2, 'analysts', 'MASKED WITH VALUE ''policy'''),
                    ('orders'::regclass, 'pg_class'::regclass, 4, 'selinux', 'MASKED WITH VALUE NULL')",
        )
        .await;
    let policies = format!("alter database {} set anon.masking_policies = 'devs, analysts'", database.name());
    database.execute(&policies).await;
    let shop = Shop::with(database, "").await;
    let answer = shop.ask("select email, phone, note, name from customers where id = 1").await.unwrap();
    assert_eq!(answer["rows"], json!([["s***@canary.example", null, "(masked)", "policy"]]));
    assert_eq!(
        shop.rows("select min(email) from orders").await,
        json!([["o***@plain.example"]]),
        "no mask of another's"
    );
    assert_eq!(answer["hidden"][0], "public.customers.email is masked (partial) by a label in the database");
    shop.refused("select id from customers where phone like '%1'").await;
}

#[tokio::test]
async fn personal_data_without_a_rule_is_hidden_in_part_unless_switched_off() {
    let sql = "create table tickets (id uuid primary key, body text, doc jsonb, number bigint);
        insert into tickets values ('6f1b0e9a-3c1d-4c55-9d3e-0d9c1f1a2b3c', 'write to jane.roe@corp.example today',
                                    '{\"to\": \"jane.roe@corp.example\", \"n\": 1}', 4111111111111111)";
    let shop = Shop::with(Database::with(sql).await, "").await;
    let answer = shop.ask("select * from tickets").await.unwrap();
    assert_eq!(
        answer["rows"],
        json!([[
            "6f1b0e9a-3c1d-4c55-9d3e-0d9c1f1a2b3c",
            "write to j***@corp.example today",
            { "to": "j***@corp.example", "n": 1 },
            4_111_111_111_111_111_i64
        ]])
    );
    assert!(
        answer["hidden"][0].as_str().unwrap().contains("body is hidden in part: email in 1 value "),
        "{}",
        answer["hidden"]
    );
    // What is made of it is looked at too, and nothing is refused.
    let made = shop.ask("select upper(body) from tickets where body like '%jane%'").await.unwrap();
    assert_eq!(made["rows"], json!([["WRITE TO J***@CORP.EXAMPLE TODAY"]]));

    let open = Shop::with(Database::with(sql).await, "\n    masking: {detect: false}").await;
    let answer = open.ask("select body from tickets").await.unwrap();
    assert_eq!(answer["rows"], json!([["write to jane.roe@corp.example today"]]));
    assert!(answer.get("hidden").is_none());
}

#[tokio::test]
async fn a_configuration_with_a_wrong_mask_is_refused_at_the_start() {
    let database = Database::new().await;
    for (masking, said) in [
        ("{columns: {public.t.c: hide}}", "a mask is null, hash"),
        ("{columns: {customers.email: hash}}", "schema.table.column"),
    ] {
        let config = format!("databases: {{shop: {{dsn: '{}', masking: {masking}}}}}", database.dsn());
        let config = Configuration::new(&config);
        let output = pgwright(&["--config", config.path(), "call", "table_stats"]).output().await.unwrap();
        let said_instead = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said_instead.contains(said), "{said_instead}");
    }
}

#[tokio::test]
async fn the_newest_server_gives_the_same_answers() {
    assert_ne!(OLDER, NEWER);
    let database = Database::on(NEWER).await;
    database.execute(SHOP).await;
    let shop = Shop::with(database, &format!("\n    masking:\n     columns:{MASKING}")).await;
    for sql in ["select * from customers", "select reach from renamed", "select email from copied"] {
        shop.rows(sql).await;
    }
    let grouped = "select c.id, c.email, sum(o.total) from customers c join orders o on o.customer_id = c.id \
                   group by c.id order by c.id limit 1";
    assert_eq!(shop.rows(grouped).await[0][1], "s***@canary.example");
    shop.refused("select id from customers where email like 'a%'").await;
    assert_eq!(shop.rows("select email_lower from customers where id = 1").await, json!([["(masked)"]]));
}

#[tokio::test]
async fn statistics_show_no_masked_values() {
    let shop = Shop::open().await;
    shop.database
        .execute(
            "insert into customers (id, email, note) select n, 'secret-0@canary.example', 'canary note' from generate_series(10, 60) n;
             analyze customers; refresh materialized view copied; analyze copied",
        )
        .await;
    for table in ["customers", "copied"] {
        let answer =
            shop.client.call("table_stats", json!({ "table": table, "values": true })).await.unwrap();
        assert_hidden(table, &answer.structured.to_string());
        assert_hidden(table, &answer.text);
        let columns = answer["tables"][0]["columns"].as_array().unwrap();
        let email = columns.iter().find(|column| column["name"] == "email").unwrap();
        assert_eq!(email["most_common"][0]["value"], "s***@canary.example", "{email}");
    }
}

#[tokio::test]
async fn samples_of_failing_rows_are_masked_and_guesses_refused() {
    let shop = Shop::open().await;
    shop.database
        .execute("insert into customers (id, email, phone) values (10, 'secret-1@canary.example', null)")
        .await;
    let checks = json!([
        { "type": "unique", "column": "email" },
        { "type": "not_null", "column": "phone" },
        { "type": "range", "column": "salary", "min": 52000 },
        { "type": "regex", "column": "email", "pattern": "^s" },
        { "type": "accepted_values", "column": "email", "values": ["x"] },
        { "type": "freshness", "column": "born", "max_age": "10000d" },
        { "type": "foreign_key", "column": "email", "references": "public.orders(email)" },
    ]);
    let answer = shop
        .client
        .call("run_quality_check", json!({ "table": "customers", "checks": checks }))
        .await
        .unwrap_or_else(|failure| panic!("{}", failure.text));
    let checks = answer["checks"].as_array().unwrap();
    assert_eq!(checks[0]["failed_rows"], 1, "{:#}", checks[0]);
    assert_eq!(checks[0]["sample"], json!([]), "which rows are equal");
    assert_eq!(checks[1]["failed_rows"], 1);
    for guess in &checks[2..] {
        assert_eq!(guess["verdict"], "error", "{guess}");
        assert!(guess["evidence"].as_str().unwrap().contains("masked_column"), "{guess}");
    }
    assert_hidden("quality", &answer.text);
}

#[tokio::test]
async fn a_check_against_a_masked_parent_is_a_guess_and_a_file_tells_no_extremes() {
    let database = Database::with(SHOP).await;
    let mut shop = Shop::with(database, &format!("\n    masking:\n     columns:{MASKING}")).await;
    let checks =
        json!([{ "type": "foreign_key", "column": "email", "references": "public.customers(email)" }]);
    let answer =
        shop.client.call("run_quality_check", json!({ "table": "orders", "checks": checks })).await.unwrap();
    assert_eq!(answer["checks"][0]["verdict"], "error", "{:#}", answer.structured);
    assert!(answer["checks"][0]["evidence"].as_str().unwrap().contains("masked_column"));

    let file =
        "checks for public.customers:\n  - freshness(born): {max_age: 1d}\n  - range(salary): {min: 52000}\n";
    std::fs::write(shop.config.folder().join("checks.yaml"), file).unwrap();
    let folder = shop.config.folder().to_str().unwrap();
    let arguments = ["--config", shop.config.path(), "--files", folder, "serve"];
    shop.client = Client::launch(&arguments, Era::Sessions).await;
    let answer = shop
        .client
        .call("run_quality_check", json!({ "file": "checks.yaml" }))
        .await
        .unwrap_or_else(|failure| panic!("{}", failure.text));
    let checks = answer["checks"].as_array().unwrap();
    assert_eq!(checks[0]["verdict"], "fail", "{:#}", answer.structured);
    assert_eq!(checks[0]["evidence"], "allowed 1d");
    assert_eq!(checks[1]["failed_rows"], 5);
    assert_eq!(checks[1]["sample"][0]["salary"], "[51000,52000)");
    assert_hidden("quality", &answer.structured.to_string());
}

/// Literals beside a masked column are values of the kind that nobody is shown.
#[tokio::test]
async fn definitions_show_no_literals_beside_masked_columns() {
    let shop = Shop::open().await;
    shop.database
        .execute(
            "alter table customers alter column note set default 'canary note 7',
                                   alter column name set default 'plain name',
                                   add constraint known check (email <> 'secret-0@canary.example'),
                                   add constraint named check (name <> 'plain nothing');
             create index one_of_two on customers (id) where email = 'secret-1@canary.example';
             create index two_of_two on customers (id) where email = 'secret-2@canary.example';
             create table cases (id int, who text) partition by list (who);
             create table cases_one partition of cases for values in ('secret-1', 'secret-2')",
        )
        .await;
    let config = std::fs::read_to_string(shop.config.path()).unwrap() + "      public.cases.who: hash\n";
    std::fs::write(shop.config.path(), config).unwrap();
    let client = Client::launch(&["--config", shop.config.path(), "serve"], Era::Sessions).await;
    let mut said = String::new();
    for table in ["customers", "cases", "cases_one", "in_condition", "events_2024"] {
        for tool in ["describe_schema", "table_stats"] {
            let answer = client.call(tool, json!({ "table": table })).await.unwrap();
            said += &format!("{}\n{}\n", answer.text, answer.structured);
        }
    }
    let advice = json!({ "statements": [{ "sql": "select * from customers where id > 3 order by name" }] });
    let advice = client.call("suggest_index", advice).await.unwrap();
    assert_eq!(advice["drops"], json!([]), "two that differ in what is hidden are no duplicates");
    let plan = client
        .call("explain_query", json!({ "sql": "select id from customers where id > 3" }))
        .await
        .unwrap();
    said += &format!("{}\n{}\n{}", advice.structured, plan.text, plan.structured);
    assert_hidden("definitions", &said);
    for plain in ["plain name", "plain nothing", "(masked in one_of_two)", "2024-01-01"] {
        assert!(said.contains(plain), "{plain}\n{said}");
    }
}

/// Rows that an index hands out stand in the order of its keys.
#[tokio::test]
async fn rows_do_not_come_in_the_order_of_masked_values() {
    let shop = Shop::with(
        Database::with(
            "create table ranked (id int primary key, team int, salary int, filler text);
             insert into ranked select n, n / 4, n * 7919 % 4001, repeat('x', 500) from generate_series(1, 4000) n;
             create index on ranked (salary, id);
             create index on ranked (team, salary);
             create materialized view copied as select id, team as of_team, salary as pay, filler from ranked;
             create index on copied (of_team, pay);
             create table parted (id int, team int, salary int, filler text) partition by range (id);
             create table parted_one partition of parted for values from (0) to (5000);
             insert into parted select * from ranked;
             create index on parted (team, salary)",
        )
        .await,
        "\n    masking: {columns: {public.ranked.salary: constant, public.parted.salary: constant}}",
    )
    .await;
    shop.database.execute("vacuum analyze").await;
    for sql in [
        "select id from ranked limit 9",
        "select id, salary from ranked limit 9",
        "select id from ranked where team = 7",
        "select id, salary from ranked where team between 7 and 8",
        "select r.id from (values (7), (8)) t (team) join ranked r on r.team = t.team",
        "select id, pay from copied where of_team = 7",
        "select id from parted where team = 7",
    ] {
        let rows = shop.rows(sql).await;
        let ids: Vec<i64> = rows.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect();
        assert!(ids.is_sorted() && ids.len() >= 4, "as they were written: {sql} {ids:?}");
    }
    let of_one = json!({ "sql": "select id from ranked where team = $1", "params": [7], "format": "rows" });
    let answer = shop.client.call("run_query", of_one).await.unwrap();
    assert_eq!(answer["rows"], json!([[28], [29], [30], [31]]));
}

/// Checks hold SQL, too: filters, conditions, queries, and samples of what these make.
#[tokio::test]
async fn the_sql_of_checks_tells_nothing_of_masked_columns() {
    let shop = Shop::open().await;
    let checks = json!([
        { "type": "row_condition", "expression": "salary < 52000" },
        { "type": "missing", "column": "phone", "filter": "email like 's%'" },
        { "type": "sql", "query": "select max(salary) from {table}", "expect": "> 0" },
        { "type": "sql_rows", "query": "select email from {table}" },
        { "type": "required_if", "column": "phone", "when": "salary > 1" },
        { "type": "missing", "column": "id", "watermark": { "column": "salary", "since": 1 } },
        { "type": "avg", "column": "salary", "expect": "> 0" },
        { "type": "aggregate_by", "by": ["id"], "column": "salary", "aggregate": "min", "expect": "> 1e9" },
        { "type": "same_values", "column": "email", "other": "customers" },
        { "type": "distribution", "column": "email", "shares": { "secret-1@canary.example": 1 } },
        { "type": "pii" },
        { "type": "duplicate_rows" },
        { "type": "missing", "column": "email" },
    ]);
    let answer = shop
        .client
        .call("run_quality_check", json!({ "table": "customers", "checks": checks }))
        .await
        .unwrap_or_else(|failure| panic!("{}", failure.text));
    assert_hidden("quality", &answer.text);
    assert_hidden("quality", &answer.structured.to_string());
    let verdicts: Vec<&str> =
        answer["checks"].as_array().unwrap().iter().map(|check| check["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts[..3], ["error", "error", "error"], "{}", answer.text);
    assert_eq!(verdicts[4..10], ["error"; 6], "{}", answer.text);
    assert_eq!(verdicts[11..], ["pass", "pass"], "{}", answer.text);
}
