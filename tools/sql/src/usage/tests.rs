//! Each way to look at a masked column, on `customers (id, name, email)` with `email` masked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn relations() -> Relations {
    let table = |columns: &[(&str, Option<Mark>)]| {
        Relation::Columns(columns.iter().map(|(name, mark)| Column::new(*name, *mark)).collect())
    };
    let customers = table(&[("id", None), ("name", None), ("email", Some(7))]);
    let orders = table(&[("id", None), ("customer_id", None), ("total", None)]);
    let companies = table(&[("id", None), ("email", None)]);
    HashMap::from([
        (RelationName::bare("customers"), customers.clone()),
        (RelationName::qualified("public", "customers"), customers),
        (RelationName::bare("orders"), orders),
        (RelationName::bare("companies"), companies),
        (RelationName::bare("sessions"), table(&[("id", None), ("system_user", Some(3))])),
        (RelationName::bare("spoilt"), Relation::Refused("spoilt sorts by a masked column".to_owned())),
    ])
}

/// `-` for a plain column, `m` for a masked one.
fn passed(sql: &str) -> String {
    let outputs = outputs(sql, &relations()).unwrap_or_else(|refusal| panic!("{sql}\n{refusal:?}"));
    assert!(outputs.in_order, "{sql}");
    outputs.columns.iter().map(|column| if column.mark.is_some() { 'm' } else { '-' }).collect()
}

fn refused(sql: &str) -> String {
    match outputs(sql, &relations()) {
        Ok(outputs) => panic!("{sql}\n{outputs:?}"),
        Err(refusal) => {
            assert_eq!(refusal.rule, RULE);
            refusal.message
        }
    }
}

#[test]
fn plain_outputs_are_handed_through() {
    for (sql, shape) in [
        ("select email from customers", "m"),
        ("select id, email as e from customers c", "-m"),
        ("select (c.email) from customers c", "m"),
        ("select public.customers.email from public.customers", "m"),
        ("select * from customers", "--m"),
        ("select c.*, o.total from customers c join orders o on o.customer_id = c.id", "--m-"),
        ("table customers", "--m"),
        ("select s.e from (select email as e from customers) s", "m"),
        ("with c as (select id, email as e from customers) select e, id from c", "m-"),
        ("with c(a, b) as (select id, email from customers) select b, a from c", "m-"),
        ("select b, a from customers as c(a, n, b)", "m-"),
        ("select j.email from (customers c join orders o on o.customer_id = c.id) j", "m"),
        (
            "select l.email from orders o, lateral (select c.email from customers c where c.id = o.customer_id) l",
            "m",
        ),
        ("select email from customers order by id limit 5", "m"),
        ("select distinct on (id) id, email from customers", "-m"),
        ("(select email from customers)", "m"),
        ("select companies.email from companies, customers", "-"),
        ("select id, email from customers group by id", "-m"),
        ("explain analyze select email from customers", "m"),
        (
            "select c.email, s.count from customers c join (select customer_id, count(*) from orders group by 1) s on true",
            "m-",
        ),
    ] {
        assert_eq!(passed(sql), shape, "{sql}");
    }
}

#[test]
fn what_leaves_the_masked_column_out_is_free() {
    for sql in [
        "select count(*) from customers",
        "select name, count(*) from customers group by name order by 2 desc",
        "select name, count(*) as n from customers group by 1 having count(*) > 1 order by n",
        "select upper(name) from customers where name like 'a%' and id in (select customer_id from orders)",
        "select 1 from orders o where exists (select * from customers c where c.id = o.customer_id)",
        "select id from customers union select id from orders order by id",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select r.n, c.id from r, customers c",
        "select distinct name from customers",
        "select c.id, row_number() over (partition by c.name order by c.id) from customers c",
        "select c.id, g from customers c, generate_series(1, 3) g",
        "select count(*) from (select * from customers) s",
        "select name from customers join orders using (id)",
        "select (select max(total) from orders o where o.customer_id = c.id) as largest from customers c",
        "select c.ctid, current_date from customers c",
        "select companies.email from companies join customers on customers.id = companies.id where companies.email like '%'",
        "select case when id > 1 then 'a' end from customers order by 1",
        "select v.column1 from (values (1), (2)) v join customers c on c.id = v.column1",
        "select e.key from customers c, jsonb_each(to_jsonb(c.name)) e",
        "select x.n from customers c, jsonb_to_record(to_jsonb(c.name)) as x(n text)",
        "select extract(year from current_timestamp), c.name::text, row(c.id, c.name) from customers c",
        "select (select count(*) from customers), array(select id from customers)",
        "select * from (select id, name from customers) s natural join companies",
        "select date '2020-01-01', interval '1' day, c.id = any($1) from customers c",
        "select grouping(name), name from customers group by rollup (name)",
        "select name from customers window w as (partition by name)",
        // Whether a value is there.
        "select email is null, (email) is not null, c.email isnull, email notnull from customers c",
        "select count(email), pg_catalog.count((c.email)) from customers c",
        "select name, count(*) filter (where email is not null) from customers group by name",
        "select id from customers where email is not null and not (email is null) order by email is null",
        "select id from customers order by 0b1",
    ] {
        let _ = outputs(sql, &relations()).unwrap_or_else(|refusal| panic!("{sql}\n{refusal:?}"));
    }
}

#[test]
fn each_other_use_is_refused() {
    for sql in [
        // Whole rows.
        "select c from customers c",
        "select customers from customers",
        "select to_json(c) from customers c",
        "select c::text from customers c",
        "select row(c.*) from customers c",
        "select count(c.*) from customers c",
        "select (c).email from customers c",
        "select (customers).* from customers",
        "select to_jsonb(c) ->> 'email' from customers c",
        "select jsonb_path_query(to_jsonb(c), '$.email') from customers c",
        "select c.to_json from customers c",
        "select s.row_to_json from (select * from customers) s",
        "with c as (select * from customers) select to_json(c) from c",
        "select row_to_json(j) from (customers c join orders o on true) j",
        "select (select c) from customers c",
        "select (select s from (select c.*) s) from customers c",
        // Set operations.
        "select email from customers union select name from customers",
        "select * from customers union all select 1, 'a', 'b'",
        "select id from orders except (select id from (select email as id from customers) s)",
        "table customers intersect table customers",
        // Expressions.
        "select upper(email) from customers",
        "select email || '' from customers",
        "select email::text from customers",
        "select coalesce(email, '') from customers",
        "select case when email = 'a' then 1 end from customers",
        "select email collate \"C\" from customers",
        "select email is distinct from null from customers",
        "select email is not distinct from null from customers",
        "select (email = 'a') is null from customers",
        "select count(email, id) from customers",
        "select count(upper(email)) from customers",
        "select public.count(email) from customers",
        "select count(email order by email) from customers",
        "select count(variadic email) from customers",
        "select count(email) filter (where email like 'a') from customers",
        "select count(email) over (order by email) from customers",
        "select row(id, email) is null from customers",
        "select c is null from customers c",
        // What older servers take for a column.
        "select upper(system_user) from sessions",
        "select (select email from customers limit 1)",
        "select array(select email from customers)",
        "select array_agg(email) from customers",
        "select string_agg(email, ',') from customers",
        "select xmlforest(email as e) from customers",
        "select xmlelement(name x, email) from customers",
        "select json_object('a': email) from customers",
        "select count(distinct email) from customers",
        "select min(email), max(email) from customers",
        "select count(*) filter (where email like 'a%') from customers",
        "select substring(email from 1 for 1) from customers",
        "select trim(both 'a' from email), position('a' in email) from customers",
        "select row(id, email) from customers",
        "select (array[email])[1] from customers",
        "values ((select email from customers))",
        // Conditions.
        "select id from customers where email like 'a%'",
        "select id from customers where 'a' < email",
        "select id from customers c where c.\"email\" = $1",
        "select id from customers where (email, id) in (select name, id from customers)",
        "select id from customers where name in (select email from customers)",
        "select count(*) from (select email as e from customers) s where s.e = 'a'",
        "with c(a, b) as (select id, email from customers) select a from c where b > 'a'",
        "select a from customers as c(a, n, b) where b ~ 'x'",
        "select id from orders o where exists (select 1 from customers c where c.id = o.id and c.email = 'a')",
        "select (select count(*) from orders where c.email = 'a') from customers c",
        "select name from customers group by name having bool_or(email = 'a')",
        // Joins.
        "select o.id from customers c join orders o on c.email = o.total::text",
        "select customers.id from customers join companies using (email)",
        "select customers.id from customers natural join companies",
        "select l.n from customers c, lateral (select count(*) as n from orders where c.email = 'a') l",
        "select g from customers c, generate_series(1, length(c.email)) g",
        "select * from customers c, unnest(array[c.email]) e",
        // Sorts, groups, windows.
        "select id from customers order by email",
        "select id, email as e from customers order by e",
        "select id, email from customers order by 2",
        "select id, email from customers order by 0x2",
        "select id, email from customers order by 0b1_0",
        "select email, count(*) from customers group by 0o1",
        "select * from customers order by 3",
        "select email from customers group by email",
        "select email, count(*) from customers group by 1",
        "select count(*) from customers group by rollup (email)",
        "select count(*) from customers group by grouping sets ((id), (email))",
        "select distinct email from customers",
        "select distinct * from customers",
        "select distinct on (email) id from customers",
        "select rank() over (order by email) from customers",
        "select sum(id) over w from customers window w as (partition by email)",
        "select id from (select id, email from customers order by email limit 1) s",
        "(select id, email from customers) order by 2",
        "(select id, email from customers) order by email",
        "table customers order by 3",
        "select percentile_disc(0.5) within group (order by email) from customers",
        // Paging by a masked key.
        "select id from customers where email > $1 order by id limit 10",
        "explain analyze select id from customers where email = 'a'",
    ] {
        refused(sql);
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    assert!(refused("select unknown_name from customers").contains("can't be told"));
    assert!(refused("select id from elsewhere, customers").contains("can't be told"));
    assert_eq!(refused("select 1 from spoilt"), "spoilt sorts by a masked column");
    // A later table of the clause, not the table of that name.
    refused("with recursive a as (select * from customers), customers as (select 1) select * from a");
    // Which of the joined columns is the second can't be told.
    refused("select b from (customers c join orders o using (id)) as j(a, b)");
}

#[test]
fn what_a_view_makes_of_a_masked_column_is_masked_too() {
    const MADE: Mark = 9;
    let read = |sql: &str| view(sql, &relations(), MADE);
    let marks =
        read("select id, upper(email) as shout, email, (select max(email) from customers) from customers c");
    assert_eq!(marks.unwrap().marks().unwrap(), [None, Some(MADE), Some(7), Some(MADE)]);
    let marks = read("select s.id, s.e from (select id, lower(email) as e from customers) s");
    assert_eq!(marks.unwrap().marks().unwrap(), [None, Some(MADE)]);
    for sql in [
        "select id from (select id, lower(email) as e from customers) s where s.e = 'x'",
        "select distinct id, lower(email) from customers",
        "select id, lower(email) as e from customers order by e",
        "select id, lower(email) as e from customers order by 2",
        "select lower(email) from customers union select 'x'",
        "select id from customers where email = 'x'",
    ] {
        assert_eq!(read(sql).unwrap_err().rule, RULE, "{sql}");
    }
}

#[test]
fn an_inner_name_hides_an_outer_one() {
    assert_eq!(passed("select (select max(email) from companies) from customers"), "-");
    refused("select (select max(email) from orders) from customers");
    // Without LATERAL the neighbour is out of sight, and the name means the outer column.
    refused("select (select 1 from companies x, (orders a join orders b on email = 'a')) from customers");
    assert_eq!(passed("with customers as (select 1 as email) select upper(email::text) from customers"), "-");
    refused("with customers as (select * from customers) select upper(email) from customers");
}

#[test]
fn a_refusal_says_where_and_what() {
    let refusal = outputs("select id\nfrom customers\nwhere email = 'a'", &relations()).unwrap_err();
    assert_eq!((refusal.line, refusal.column), (3, 7));
    assert_eq!(
        refusal.message,
        "the masked column email stands in a condition: what comes back would tell about its values"
    );
}

#[test]
fn nested_recursion_is_bounded() {
    let mut sql = "select 1".to_owned();
    for level in 0..40 {
        sql = format!("with recursive t{level}(n) as (({sql}) union all select 1) select n from t{level}");
    }
    assert!(refused(&sql).contains("too many queries"));
}
