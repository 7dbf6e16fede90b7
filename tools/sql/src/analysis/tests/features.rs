//! One feature of SQL at a time.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::{
    catalog, read,
    shown::{show, show_columns},
};
use crate::analysis::{AnalysisError, Subject, analyse};

fn check(sql: &str, expected: Expect) {
    expected.assert_eq(&show(&read(sql)));
}

#[test]
fn what_can_not_be_analysed_says_why() {
    let kind = |sql: &str| analyse(sql, &()).unwrap_err();
    assert!(matches!(kind("create table t (a int)"), AnalysisError::Kind));
    assert!(matches!(kind("select 1 from t where"), AnalysisError::Syntax(_)));
    assert!(
        matches!(kind("select 1; select 2"), AnalysisError::Refused(refusal) if refusal.rule == "several_statements")
    );
    let bomb = format!("select 1{}", "+1".repeat(15_000));
    assert!(matches!(kind(&bomb), AnalysisError::Refused(refusal) if refusal.rule == "too_many_operators"));
}

/// What the caps let through must not end the process, whatever the parser does with it.
#[test]
fn statements_just_within_the_caps_are_survived() {
    let within = [
        format!("select 1 from t where a{}", " + 1".repeat(990)),
        format!("select 1 from t where a{}", "::int".repeat(990)),
        format!("select 1 from t where {}true", "not ".repeat(990)),
        format!("select 1 from t where a = 1{}", " or a = 1".repeat(490)),
        format!("select 1{}", " union all select 1".repeat(990)),
        format!("select 1 from t{}", " join t on true".repeat(490)),
        format!("select {}1{}", "(".repeat(199), ")".repeat(199)),
        format!("{}select 1 from t{}", "select * from (".repeat(190), ") s".repeat(190)),
        format!("select 1 where {}true{}", "exists (select 1 from t where ".repeat(190), ")".repeat(190)),
    ];
    for sql in within {
        let start: String = sql.chars().take(50).collect();
        let outcome = analyse(&sql, &());
        assert!(outcome.is_ok(), "{start}: {outcome:?}");
    }
}

#[test]
fn unqualified_columns_are_given_by_the_catalogue() {
    check(
        "select email from customers, orders where id_ = 1 and status = 'new' and customers.id = customer_id",
        expect![[r#"
            0 customers depth 0
                join id = 1:orders.customer_id
                reads email id
            1 orders depth 0
                where status = 'new'
                join customer_id = 0:customers.id
                reads customer_id status
            unresolved {"id_"}
        "#]],
    );
}

#[test]
fn aliases_and_quoted_names() {
    check(
        r#"select C."email" from customers AS c join public.orders "O" on "O".customer_id = c.id where C.Country = 'DE'"#,
        expect![[r#"
            0 customers as c depth 0
                where country = 'DE'
                join id = 1:public.orders.customer_id
                reads country email id
            1 public.orders as O depth 0
                join customer_id = 0:customers.id
                reads customer_id
        "#]],
    );
}

#[test]
fn a_self_join_gives_two_uses() {
    check(
        "select e.name, m.name from employees e join employees m on e.manager_id = m.id where m.name = 'x'",
        expect![[r#"
            0 employees as e depth 0
                join manager_id = 1:employees.id
                reads manager_id name
            1 employees as m depth 0
                where name = 'x'
                join id = 0:employees.manager_id
                reads id name
        "#]],
    );
}

#[test]
fn or_of_equalities_is_an_in() {
    check(
        "select 1 from orders where status = 'new' or status in ('paid', 'sent') or 'lost' = status",
        expect![[r#"
            0 orders depth 0
                where status in ['new', 'paid', 'sent', 'lost']
                reads status
        "#]],
    );
}

#[test]
fn other_ors_keep_their_arms() {
    check(
        "select 1 from orders where (status = 'new' and total > 5) or created_at < $1",
        expect![[r#"
        0 orders depth 0
            where any of [status = 'new' & total > 5 | created_at < $1]
            reads created_at status total
    "#]],
    );
}

#[test]
fn an_or_over_two_tables() {
    check(
        "select 1 from orders o join customers c on o.customer_id = c.id where o.status = 'new' or c.email = 'x'",
        expect![[r#"
            0 orders as o depth 0
                where any of [status = 'new' | ]
                join customer_id = 1:customers.id
                reads customer_id status
            1 customers as c depth 0
                where any of [ | email = 'x']
                join id = 0:orders.customer_id
                reads email id
        "#]],
    );
}

#[test]
fn what_every_arm_asks_is_pulled_out() {
    check(
        "select 1 from orders where (status = 'new' and total > 5) or (status = 'new' and total < 1)",
        expect![[r#"
            0 orders depth 0
                where status = 'new'
                where any of [total > 5 | total < 1]
                reads status total
        "#]],
    );
}

#[test]
fn an_arm_that_is_common_asks_nothing_more() {
    check(
        "select 1 from orders where (status = 'new') or (status = 'new' and total < 1)",
        expect![[r#"
        0 orders depth 0
            where status = 'new'
            reads status total
    "#]],
    );
}

#[test]
fn functions_and_casts_are_expressions() {
    check(
        "select 1 from customers c where lower(c.email) = 'x' and c.id::text = $1 and date_trunc('day', now()) > c.name",
        expect![[r#"
            0 customers as c depth 0
                where (lower(email)) = 'x'
                where (id::TEXT) = $1
                where name < expr date_trunc('day', now())
                reads email id name
        "#]],
    );
}

#[test]
fn json_and_array_operators() {
    check(
        "select 1 from items i where i.attributes ->> 'color' = 'red' and i.attributes @> '{}' and i.tags && array['a'] and 'x' = any(i.tags)",
        expect![[r#"
            0 items as i depth 0
                where (attributes ->> 'color') = 'red'
                where attributes @> '{}'
                where tags && ARRAY['a']
                where other 'x' = ANY(tags)
                reads attributes tags
        "#]],
    );
}

#[test]
fn values_of_every_kind() {
    check(
        "select 1 from orders where id = 1 and customer_id = $2 and total = -1.5 and note = 'a'::text and created_at >= now() - interval '1 day' and status = (select max(status) from orders)",
        expect![[r#"
            0 orders depth 0
                where id = 1
                where customer_id = $2
                where total = -1.5
                where note = 'a'::TEXT
                where created_at >= expr now() - INTERVAL '1 day'
                where status = subquery
                reads created_at customer_id id note status total
            1 orders depth 1
                extreme of status
                reads status
        "#]],
    );
}

#[test]
fn ranges_are_joined() {
    check(
        "select 1 from orders where created_at >= '2024-01-01' and total > 1 and created_at < '2024-02-01' and total between 0 and 9 and 5 < id",
        expect![[r#"
            0 orders depth 0
                where created_at >= '2024-01-01' < '2024-02-01'
                where total > 1
                where total >= 0 <= 9
                where id > 5
                reads created_at id total
        "#]],
    );
}

#[test]
fn null_tests_and_booleans() {
    check(
        "select 1 from customers where active and not active and country is null and name is not null and active is true",
        expect![[r#"
            0 customers depth 0
                where active is true
                where active is false
                where country is null
                where name is not null
                reads active country name
        "#]],
    );
}

#[test]
fn like_patterns() {
    check(
        r#"select 1 from customers where name like 'abc%' and email like '%x' and country like 'D\_%' and name ilike 'a%' and email like $1 and name like 'exact' and name not like 'x%'"#,
        expect![[r#"
            0 customers depth 0
                where name starts with "abc"
                where email like '%x'
                where country starts with "D_"
                where name ilike 'a%'
                where email like $1
                where name = 'exact'
                where other name NOT LIKE 'x%'
                reads country email name
        "#]],
    );
}

#[test]
fn negations_are_no_lookups() {
    check(
        "select 1 from orders where status <> 'x' and id not in (1, 2) and total not between 1 and 2 and not (id = 3)",
        expect![[r#"
            0 orders depth 0
                where status <> 'x'
                where id not in [1, 2]
                where other total NOT BETWEEN 1 AND 2
                where other NOT (id = 3)
                reads id status total
        "#]],
    );
}

#[test]
fn keyset_rows() {
    check(
        "select id from orders where (created_at, id) > ($1, $2) and (status, customer_id) = ('new', 7) order by created_at, id limit 20",
        expect![[r#"
            0 orders depth 0 limited
                where created_at >= $1
                where status = 'new'
                where customer_id = 7
                order by created_at, id
                reads created_at customer_id id status
        "#]],
    );
}

#[test]
fn any_of_an_array() {
    check(
        "select 1 from orders where id = any($1) and status = any(array['a', 'b'])",
        expect![[r#"
        0 orders depth 0
            where id = any $1
            where status = any ARRAY['a', 'b']
            reads id status
    "#]],
    );
}

#[test]
fn an_in_subquery_is_a_join() {
    check(
        "select 1 from customers where id in (select customer_id from orders where status = 'new')",
        expect![[r#"
            0 customers depth 0
                join id = 1:orders.customer_id semi
                reads id
            1 orders depth 1
                where status = 'new'
                join customer_id = 0:customers.id semi
                reads customer_id status
        "#]],
    );
}

#[test]
fn a_grouped_in_subquery_looks_up_the_outer_table_only() {
    check(
        "select 1 from customers where id in (select customer_id from orders group by customer_id having count(*) > 3)",
        expect![[r#"
            0 customers depth 0
                join id = 1:orders.customer_id semi
                reads id
            1 orders depth 1
                group by customer_id
                reads customer_id
        "#]],
    );
}

#[test]
fn exists_is_a_join_both_ways() {
    check(
        "select 1 from customers c where exists (select 1 from orders o where o.customer_id = c.id and o.status = 'new')",
        expect![[r#"
            0 customers as c depth 0
                join id = 1:orders.customer_id semi
                reads id
            1 orders as o depth 1
                where status = 'new'
                join customer_id = 0:customers.id semi
                reads customer_id status
        "#]],
    );
}

#[test]
fn not_exists_looks_up_the_inner_table_only() {
    check(
        "select 1 from customers c where not exists (select 1 from orders o where o.customer_id = c.id)",
        expect![[r#"
            0 customers as c depth 0
                join id = 1:orders.customer_id anti no lookup
                reads id
            1 orders as o depth 1
                join customer_id = 0:customers.id anti
                reads customer_id
        "#]],
    );
}

#[test]
fn not_in_is_no_join() {
    check(
        "select 1 from customers where id not in (select customer_id from orders where status = 'x')",
        expect![[r#"
            0 customers depth 0
                where other id NOT IN (SELECT customer_id FROM orders WHERE status = 'x')
                reads id
            1 orders depth 1
                where status = 'x'
                reads customer_id status
        "#]],
    );
}

#[test]
fn a_scalar_subquery_looks_up_by_the_outer_row() {
    check(
        "select (select max(total) from orders o where o.customer_id = c.id) from customers c",
        expect![[r#"
            0 customers as c depth 0
                reads id
            1 orders as o depth 1
                join customer_id = 0:customers.id correlated
                extreme of total
                reads customer_id total
        "#]],
    );
}

#[test]
fn lateral_looks_up_by_the_row_before() {
    check(
        "select * from customers c cross join lateral (select o.id, o.total from orders o where o.customer_id = c.id order by o.created_at desc limit 3) last",
        expect![[r#"
            0 customers as c depth 0
                reads active country email id name *
            1 orders as o depth 1 limited
                join customer_id = 0:customers.id correlated
                order by created_at desc
                reads created_at customer_id id total
        "#]],
    );
}

#[test]
fn using_joins_both_sides() {
    check(
        "select 1 from orders join items using (id)",
        expect![[r#"
        0 orders depth 0
            reads 
        1 items depth 0
            reads 
    "#]],
    );
}

#[test]
fn using_with_known_columns() {
    check(
        "select id from orders join customers using (id) where id = 3",
        expect![[r#"
        0 orders depth 0
            where id = 3
            join id = 1:customers.id
            reads id
        1 customers depth 0
            join id = 0:orders.id
            reads id
    "#]],
    );
}

#[test]
fn natural_joins_by_common_names() {
    check(
        "select 1 from employees natural join customers",
        expect![[r#"
        0 employees depth 0
            join id = 1:customers.id
            join name = 1:customers.name
            reads id name
        1 customers depth 0
            join id = 0:employees.id
            join name = 0:employees.name
            reads id name
    "#]],
    );
}

#[test]
fn a_left_join_keeps_its_left_side() {
    check(
        "select 1 from customers c left join orders o on o.customer_id = c.id and o.status = 'new' and c.country = 'DE' where c.name = 'x'",
        expect![[r#"
            0 customers as c depth 0
                where name = 'x'
                join id = 1:orders.customer_id outer no lookup
                reads country id name
            1 orders as o depth 0
                where status = 'new'
                join customer_id = 0:customers.id outer
                reads customer_id status
        "#]],
    );
}

#[test]
fn a_right_and_a_full_join() {
    check(
        "select 1 from customers c right join orders o on o.customer_id = c.id and o.status = 'new' full join items i on i.order_id = o.id and i.quantity = 1",
        expect![[r#"
            0 customers as c depth 0
                join id = 1:orders.customer_id outer
                reads id
            1 orders as o depth 0
                join customer_id = 0:customers.id outer no lookup
                join id = 2:items.order_id outer no lookup
                reads customer_id id status
            2 items as i depth 0
                join order_id = 1:orders.id outer no lookup
                reads order_id quantity
        "#]],
    );
}

#[test]
fn conditions_go_into_a_derived_table() {
    check(
        "select * from (select id, customer_id as buyer, status from orders) s where s.buyer = 5 and s.status = 'new' order by s.id limit 5",
        expect![[r#"
            0 orders depth 0 limited
                where customer_id = 5
                where status = 'new'
                order by id
                reads customer_id id status
        "#]],
    );
}

#[test]
fn conditions_on_group_keys_go_into_a_grouped_table() {
    check(
        "select * from (select customer_id, count(*) as n from orders group by customer_id) s where s.customer_id = 5 and s.n > 3",
        expect![[r#"
            0 orders depth 0
                where customer_id = 5
                group by customer_id
                reads customer_id
        "#]],
    );
}

#[test]
fn a_limit_stops_conditions() {
    check(
        "select * from (select * from orders order by created_at desc limit 10) s where s.status = 'new'",
        expect![[r#"
            0 orders depth 0 limited
                order by created_at desc
                reads created_at customer_id id note status total *
        "#]],
    );
}

#[test]
fn a_window_stops_conditions() {
    check(
        "select * from (select id, status, row_number() over (partition by customer_id order by created_at desc) as n from orders) s where n = 1 and status = 'new'",
        expect![[r#"
            0 orders depth 0
                window (customer_id) order by created_at desc
                reads created_at customer_id id status
        "#]],
    );
}

#[test]
fn conditions_go_into_both_arms_of_a_union() {
    check(
        "select * from (select id, status from orders union all select id, country from customers) u where u.status = 'new'",
        expect![[r#"
            0 orders depth 0
                where status = 'new'
                reads id status
            1 customers depth 0
                where country = 'new'
                reads country id
        "#]],
    );
}

#[test]
fn a_cte_read_once_is_inlined() {
    check(
        "with recent as (select id, customer_id, status from orders where created_at > $1) select * from recent r join customers c on c.id = r.customer_id where r.status = 'new'",
        expect![[r#"
            0 orders depth 0
                where created_at > $1
                where status = 'new'
                join customer_id = 1:customers.id
                reads created_at customer_id id status
            1 customers as c depth 0
                join id = 0:orders.customer_id
                reads active country email id name *
        "#]],
    );
}

#[test]
fn a_cte_read_twice_stops_conditions() {
    check(
        "with recent as (select id, status from orders) select 1 from recent a, recent b where a.id = 1 and b.status = 'new'",
        expect![[r#"
            0 orders depth 0
                reads id status
        "#]],
    );
}

#[test]
fn a_materialised_cte_stops_conditions() {
    check(
        "with recent as materialized (select id, status from orders) select 1 from recent where id = 1",
        expect![[r#"
            0 orders depth 0
                reads id status
        "#]],
    );
}

#[test]
fn a_recursive_cte() {
    check(
        "with recursive chain as (select id, manager_id from employees where id = $1 union all select e.id, e.manager_id from employees e join chain c on e.id = c.manager_id) select * from chain",
        expect![[r#"
            0 employees depth 0
                where id = $1
                reads id manager_id
            1 employees as e depth 0
                where id = row c.manager_id
                reads id manager_id
        "#]],
    );
}

#[test]
fn order_and_groups_by_alias_and_ordinal() {
    check(
        "select lower(name) as n, country, count(*) from customers group by n, 2 order by country desc, n",
        expect![[r#"
            0 customers depth 0
                group by (lower(name)), country
                order by country desc, (lower(name))
                reads country name
        "#]],
    );
}

#[test]
fn order_by_alias_and_expression() {
    check(
        "select created_at as at, id from orders where status = 'new' order by at desc nulls last, 2, lower(note) fetch first 5 rows only",
        expect![[r#"
            0 orders depth 0 limited
                where status = 'new'
                order by created_at desc nulls unusual, id, (lower(note))
                reads created_at id note status
        "#]],
    );
}

#[test]
fn an_order_over_two_tables_is_not_complete() {
    check(
        "select o.id from orders o join customers c on c.id = o.customer_id order by o.created_at, c.name limit 5",
        expect![[r#"
            0 orders as o depth 0 limited
                join customer_id = 1:customers.id
                order by created_at, …
                reads created_at customer_id id
            1 customers as c depth 0 limited
                join id = 0:orders.customer_id
                reads id name
        "#]],
    );
}

#[test]
fn aggregates_are_not_limited() {
    check(
        "select max(total) from orders where status = 'new' limit 1",
        expect![[r#"
            0 orders depth 0
                where status = 'new'
                extreme of total
                reads status total
        "#]],
    );
}

#[test]
fn stars_and_whole_rows() {
    check(
        "select o.*, c from orders o join customers c on c.id = o.customer_id",
        expect![[r#"
        0 orders as o depth 0
            join customer_id = 1:customers.id
            reads created_at customer_id id note status total *
        1 customers as c depth 0
            join id = 0:orders.customer_id
            reads id *
    "#]],
    );
}

#[test]
fn functions_in_from_are_no_tables() {
    check(
        "select 1 from orders o, unnest(array[1, 2]) as wanted(id), generate_series(1, o.total) g where o.id = wanted.id and o.customer_id = g",
        expect![[r#"
            0 orders as o depth 0
                where id = row wanted.id
                where customer_id = row g
                reads customer_id id total
        "#]],
    );
}

#[test]
fn values_lists_are_no_tables() {
    check(
        "select 1 from orders o join (values (1, 'a')) as v(id, status) on v.id = o.id and o.status = v.status",
        expect![[r#"
            0 orders as o depth 0
                where id = row v.id
                where status = row v.status
                reads id status
        "#]],
    );
}

#[test]
fn comparisons_within_a_table_are_kept_as_text() {
    check(
        "select 1 from orders where created_at < note and total + id > 5 and coalesce(status, 'x') = 'y'",
        expect![[r#"
            0 orders depth 0
                where other created_at < note
                where (total + id) > 5
                where (coalesce(status, 'x')) = 'y'
                reads created_at id note status total
        "#]],
    );
}

#[test]
fn joins_on_expressions_look_up_by_the_other_row() {
    check(
        "select 1 from orders o join customers c on c.id = o.customer_id + 1 and lower(c.email) = o.note and o.total < c.id",
        expect![[r#"
            0 orders as o depth 0
                where (customer_id + 1) = row c.id
                where note = row lower(c.email)
                where total < row c.id
                reads customer_id note total
            1 customers as c depth 0
                where id = row o.customer_id + 1
                where (lower(email)) = row o.note
                where id > row o.total
                reads email id
        "#]],
    );
}

#[test]
fn views_and_unknown_tables_stay_relations() {
    check(
        "select a, v.b from some_view v where v.c = 1 and d = 2",
        expect![[r#"
        0 some_view as v depth 0
            where c = 1
            where d = 2
            reads a b c d
    "#]],
    );
}

#[test]
fn unknown_tables_leave_bare_columns_unresolved() {
    check(
        "select a from t1 x, t2 y where x.id = y.id and b = 1",
        expect![[r#"
            0 t1 as x depth 0
                join id = 1:t2.id
                reads id
            1 t2 as y depth 0
                join id = 0:t1.id
                reads id
            unresolved {"a", "b"}
        "#]],
    );
}

#[test]
fn parameters_where_a_string_was() {
    check(
        "select 1 from orders where created_at >= timestamp $1 and created_at < timestamp $1 + interval $2",
        expect![[r#"
            0 orders depth 0
                where created_at >= $1 < expr $1::TIMESTAMP + $2::INTERVAL
                reads created_at
        "#]],
    );
}

#[test]
fn explain_is_looked_through() {
    check(
        "explain (analyze) select 1 from orders where id = 1",
        expect![[r#"
        0 orders depth 0
            where id = 1
            reads id
    "#]],
    );
}

#[test]
fn conditions_in_subqueries_of_arms_are_read() {
    check(
        "select 1 from customers c where c.active or exists (select 1 from orders o where o.customer_id = c.id)",
        expect![[r#"
            0 customers as c depth 0
                where any of [active is true | ]
                reads active id
            1 orders as o depth 1
                join customer_id = 0:customers.id correlated
                reads customer_id
        "#]],
    );
}

#[test]
fn is_not_distinct_from_is_kept_as_text() {
    check(
        "select 1 from orders where note is not distinct from 'x' and status is distinct from 'y'",
        expect![[r#"
            0 orders depth 0
                where other note IS NOT DISTINCT FROM 'x'
                where other status IS DISTINCT FROM 'y'
                reads note status
        "#]],
    );
}

#[test]
fn a_union_orders_no_table() {
    check(
        "select id from orders where id = 1 union select id from customers where id = 2 order by id limit 1",
        expect![[r#"
            0 orders depth 0
                where id = 1
                reads id
            1 customers depth 0
                where id = 2
                reads id
        "#]],
    );
}
#[test]
fn a_left_join_tested_for_null_is_no_condition() {
    check(
        "select 1 from customers c left join orders o on o.customer_id = c.id where o.id is null and coalesce(o.status, 'x') = 'x' and c.country is null",
        expect![[r#"
            0 customers as c depth 0
                where country is null
                join id = 1:orders.customer_id outer no lookup
                reads country id
            1 orders as o depth 0
                join customer_id = 0:customers.id outer
                reads customer_id id status
        "#]],
    );
}

#[test]
fn a_where_on_the_filled_side_is_a_condition() {
    check(
        "select 1 from customers c left join orders o on o.customer_id = c.id where o.status = 'new'",
        expect![[r#"
            0 customers as c depth 0
                join id = 1:orders.customer_id outer no lookup
                reads id
            1 orders as o depth 0
                where status = 'new'
                join customer_id = 0:customers.id outer
                reads customer_id status
        "#]],
    );
}

#[test]
fn a_correlated_scalar_subquery_is_no_lookup_value() {
    check(
        "select 1 from orders o where total > (select avg(total) from orders i where i.customer_id = o.customer_id) and total < (select max(quantity) from items)",
        expect![[r#"
            0 orders as o depth 0
                where other total > (SELECT avg(total) FROM orders i WHERE i.customer_id = o.customer_id)
                where total < subquery
                reads customer_id total
            1 orders as i depth 1
                join customer_id = 0:orders.customer_id correlated
                reads customer_id total
            2 items depth 1
                extreme of quantity
                reads quantity
        "#]],
    );
}

#[test]
fn correlation_is_seen_through_two_levels() {
    check(
        "select 1 from orders o where total = (select max(quantity) from items where order_id in (select e.id from employees e where e.id = o.id))",
        expect![[r#"
            0 orders as o depth 0
                where other total = (SELECT max(quantity) FROM items WHERE order_id IN (SELECT e.id FROM employees e WHERE e.id = o.id))
                reads id total
            1 items depth 1
                join order_id = 2:employees.id semi
                extreme of quantity
                reads order_id quantity
            2 employees as e depth 2
                join id = 0:orders.id correlated
                join id = 1:items.order_id semi
                reads id
        "#]],
    );
}

#[test]
fn a_subquery_in_a_subquery_may_be_on_its_own() {
    check(
        "select 1 from orders o where total = (select max(quantity) from items i where i.quantity = (select min(e.id) from employees e where e.manager_id = i.order_id))",
        expect![[r#"
            0 orders as o depth 0
                where total = subquery
                reads total
            1 items as i depth 1
                where other i.quantity = (SELECT min(e.id) FROM employees e WHERE e.manager_id = i.order_id)
                extreme of quantity
                reads order_id quantity
            2 employees as e depth 2
                join manager_id = 1:items.order_id correlated
                extreme of id
                reads id manager_id
        "#]],
    );
}

#[test]
fn any_of_a_subquery_is_a_join() {
    check(
        "select 1 from customers where id = any (select customer_id from orders)",
        expect![[r#"
        0 customers depth 0
            join id = 1:orders.customer_id semi
            reads id
        1 orders depth 1
            join customer_id = 0:customers.id semi
            reads customer_id
    "#]],
    );
}

#[test]
fn exists_reads_no_columns_for_its_star() {
    check(
        "select 1 from customers c where exists (select * from orders o where o.customer_id = c.id) and c.id in (select * from (select id from employees) e)",
        expect![[r#"
            0 customers as c depth 0
                join id = 1:orders.customer_id semi
                join id = 2:employees.id semi
                reads id
            1 orders as o depth 1
                join customer_id = 0:customers.id semi
                reads customer_id
            2 employees depth 1
                join id = 0:customers.id semi
                reads id
        "#]],
    );
}

#[test]
fn orders_by_aggregates_are_no_keys() {
    check(
        "select customer_id, count(*) from orders group by customer_id order by count(*) desc, customer_id limit 10",
        expect![[r#"
            0 orders depth 0
                group by customer_id
                reads customer_id
        "#]],
    );
}

#[test]
fn the_select_list_is_kept_apart_from_other_reads() {
    let analysis = read(
        "select o.id, total + 1 from orders o join customers c on c.id = o.customer_id where status = 'x'",
    );
    assert_eq!(show_columns(&analysis.tables[0].projected), "id total");
    assert_eq!(show_columns(&analysis.tables[0].used), "customer_id id status total");
    assert_eq!(show_columns(&analysis.tables[1].projected), "");
}

#[test]
fn expressions_come_with_their_columns_ready_for_an_index() {
    let catalog = catalog(&[("t", "a Order")]);
    let analysis = analyse("select 1 from t x where lower(x.\"Order\") || x.a = 'b'", &catalog).unwrap();
    let subject = &analysis.tables[0].predicates[0].subject;
    assert_eq!(subject.column(), None);
    let columns = BTreeSet::from(["a".to_owned(), "Order".to_owned()]);
    assert_eq!(*subject, Subject::Expression { expression: "lower(\"Order\") || a".to_owned(), columns });
}

#[test]
fn windows_with_keys_of_one_table() {
    check(
        "select row_number() over (partition by o.customer_id order by o.created_at desc), sum(total) over w, rank() over (order by c.name, o.id) from orders o join customers c on c.id = o.customer_id window w as (partition by status)",
        expect![[r#"
            0 orders as o depth 0
                join customer_id = 1:customers.id
                window (customer_id) order by created_at desc
                window (status) order by 
                reads created_at customer_id id status total
            1 customers as c depth 0
                join id = 0:orders.customer_id
                reads id name
        "#]],
    );
}

#[test]
fn extremes_over_the_whole_query() {
    check(
        "select min(created_at), max(lower(note)), (select max(id) + count(*) from customers) from orders where status = 'new'",
        expect![[r#"
            0 orders depth 0
                where status = 'new'
                extreme of created_at, (lower(note))
                reads created_at note status
            1 customers depth 1
                reads id
        "#]],
    );
}

#[test]
fn extremes_of_groups_are_none() {
    check(
        "select customer_id, max(created_at) from orders group by customer_id",
        expect![[r#"
        0 orders depth 0
            group by customer_id
            reads created_at customer_id
    "#]],
    );
}
