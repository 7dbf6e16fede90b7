//! What an admitted statement is said to touch.

use crate::guard::{Admitted, admit};

fn admitted(sql: &str) -> Admitted {
    admit(sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"))
}

fn functions(sql: &str) -> Vec<String> {
    admitted(sql).functions().iter().map(ToString::to_string).collect()
}

fn relations(sql: &str) -> Vec<String> {
    admitted(sql).relations().iter().map(ToString::to_string).collect()
}

#[test]
fn functions_are_found_wherever_they_are_called() {
    assert_eq!(functions("select * from generate_series(1, 2)"), ["generate_series"]);
    assert_eq!(functions("select * from dblink('', '') as t(a int)"), ["dblink"]);
    assert_eq!(functions("select * from t, lateral unnest(t.a)"), ["unnest"]);
    assert_eq!(functions("select * from rows from (a.f(1), g())"), ["g", "a.f"]);
    assert_eq!(functions("select 1 from t order by f(a) limit g() offset h()"), ["f", "g", "h"]);
    assert_eq!(
        functions("select count(*) filter (where f(a)) over (partition by g(b)) from t"),
        ["count", "f", "g"]
    );
    assert_eq!(functions("select 1 from t group by rollup (f(a)) having g(b)"), ["f", "g"]);
    assert_eq!(functions("select 1 from a join b on f(a.x)"), ["f"]);
    assert_eq!(
        functions("select a[f(1)], (g(1)).x, array[h(1)], case when i(1) then j(1) end from t"),
        ["f", "g", "h", "i", "j"]
    );
    assert_eq!(functions("select * from cast(f() as int)"), ["f"]);
    assert_eq!(functions("select extract(year from f()), trim(g()), coalesce(h(), 1)"), ["f", "g", "h"]);
    assert_eq!(functions("values (f()), (g())"), ["f", "g"]);
    assert_eq!(functions("explain select f()"), ["f"]);
    assert_eq!(functions("select xmlelement(name a, f()), json_object('a': g())"), ["f", "g"]);
    assert_eq!(
        functions(
            "select * from json_table(f(), '$' columns (a int)) j, xmltable('/a' passing h() columns a int path g() default i())"
        ),
        ["f", "g", "h", "i"]
    );
    assert_eq!(functions("select * from t tablesample system (f())"), ["f", "system"]);
    assert_eq!(
        functions("with recursive x as (select f()) cycle a set c to g() default h() using p select i()"),
        ["f", "g", "h", "i"]
    );
}

#[test]
fn arguments_are_counted_where_they_can_be() {
    let calls = |sql| -> Vec<(String, Option<u16>)> {
        admitted(sql).calls().iter().map(|call| (call.function.to_string(), call.arguments)).collect()
    };
    let counted = |name: &str, arguments| (name.to_owned(), arguments);
    assert_eq!(
        calls(
            "select f(), f(1), f(1, g(a => 2, b => 3)), count(*), sum(distinct x order by y, z) over () from t"
        ),
        [
            counted("count", Some(0)),
            counted("f", Some(0)),
            counted("f", Some(1)),
            counted("f", Some(2)),
            counted("g", Some(2)),
            counted("sum", Some(1))
        ]
    );
    assert_eq!(
        calls("select f(variadic array[1]), percentile_cont(0.5) within group (order by a) from t"),
        [counted("f", None), counted("percentile_cont", None)]
    );
    // These look their function up on the search path; `trim`, `position` and `extract` do not.
    assert_eq!(
        calls(
            "select substring(a, 1), overlay(a, b, 1), trim(a), position(a in b), extract(year from c) from t"
        ),
        [counted("\"overlay\"", None), counted("\"substring\"", None)]
    );
}

#[test]
fn function_names_are_read_as_postgresql_reads_them() {
    assert_eq!(functions("select PG_Typeof(1)"), ["pg_typeof"]);
    assert_eq!(functions("select \"PG_Sleep\"(1)"), ["\"PG_Sleep\""]);
    assert_eq!(functions("select pg_catalog . /* */ pg_typeof (1)"), ["pg_catalog.pg_typeof"]);
    assert_eq!(functions("select db.pg_catalog.pg_typeof(1)"), ["pg_catalog.pg_typeof"]);
    assert_eq!(functions("select U&\"pg\\005ftypeof\"(1)"), ["pg_typeof"]);
    assert_eq!(functions("select U&\"pg!005ftypeof\" uescape '!' (1)"), ["pg_typeof"]);
    let long = "a".repeat(70);
    assert_eq!(functions(&format!("select {long}()")), ["a".repeat(63)]);
    assert_eq!(
        functions("select left(a, 1), coalesce(a), \"coalesce\"(a) from t"),
        ["\"coalesce\"", "\"left\""]
    );
}

#[test]
fn relations_are_found_wherever_they_are_read() {
    assert_eq!(relations("select * from S.T, \"U\""), ["\"U\"", "s.t"]);
    assert_eq!(relations("table only t"), ["t"]);
    assert_eq!(relations("select * from only (t)"), ["t"]);
    assert_eq!(
        relations("select (select a from b), exists (select 1 from c) from d join (e cross join f) on true"),
        ["b", "c", "d", "e", "f"]
    );
    assert_eq!(relations("select * from db.s.t"), ["s.t"]);
    assert_eq!(relations("select 1 from t union table u"), ["t", "u"]);
    assert_eq!(relations("select * from U&\"pg\\005ftables\""), ["pg_tables"]);
    assert_eq!(relations("select * from current_user, \"current_user\""), ["\"current_user\""]);
    assert_eq!(relations(&format!("select * from {}", "t".repeat(80))), ["t".repeat(63)]);
}

/// A CTE hides a table only where PostgreSQL says that it does; otherwise its name would hide `pg_authid`.
#[test]
fn a_cte_hides_a_table_only_in_its_scope() {
    let none: [&str; 0] = [];
    assert_eq!(relations("with t as (select 1) select * from t"), none);
    assert_eq!(relations("with t as (select * from t) select * from t"), ["t"]);
    assert_eq!(relations("with recursive t as (select 1 union select * from t) select * from t"), none);
    assert_eq!(relations("with a as (select 1), b as (select * from a) table b"), none);
    assert_eq!(relations("with a as (select * from b), b as (select 1) table a"), ["b"]);
    assert_eq!(relations("with t as (select 1) select * from t union select * from t order by 1"), none);
    assert_eq!(relations("(with t as (select 1) select * from t) union select * from t"), ["t"]);
    assert_eq!(relations("with t as (select 1) (select * from t) union select * from t"), none);
    assert_eq!(relations("select * from (with t as (select 1) table t) s, t"), ["t"]);
    assert_eq!(relations("with t as (select 1) select (select max(a) from t) from public.t"), ["public.t"]);
    assert_eq!(relations("with \"T\" as (select 1) select * from t"), ["t"]);
    assert_eq!(relations("with t as (select 1) select * from u where exists (select 1 from t)"), ["u"]);
}

#[test]
fn parameters_are_counted_by_the_highest() {
    assert_eq!(admitted("select 1").parameters(), 0);
    assert_eq!(admitted("select $2, $1::int from t where a = $7").parameters(), 7);
    assert_eq!(admitted("select '$9', $$ $8 $$, \"$6\" from t where a = $1").parameters(), 1);
}

/// PostgreSQL calls `f(x)` for `x.f` where there is no column of that name.
#[test]
fn names_after_dots_are_told_for_the_catalogue_to_check() {
    let attributes = |sql| admitted(sql).attributes().to_vec();
    assert_eq!(
        attributes("select t.A, (c).f, (g(1)).h, s.t.b, (x).y.z from s.t order by t.\"K\""),
        ["K", "a", "b", "f", "h", "t", "y", "z"]
    );
    let none: [String; 0] = [];
    assert_eq!(attributes("select pg_catalog.lower('x'), db.pg_catalog.pg_typeof(1), a from s.t"), none);
    assert_eq!(attributes("select lower(t.a) from t"), ["a"]);
}

#[test]
fn functions_that_only_the_database_can_judge_are_told_apart() {
    let foreign = |sql| admitted(sql).foreign_functions().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        foreign("select lower(a), similarity(a, 'x'), s.lower(a), pg_catalog.upper(a) from t"),
        ["similarity", "s.lower"]
    );
    assert_eq!(
        foreign("select count(*), row_number() over (), uuid('x'), \"Lower\"(a) from t"),
        ["\"Lower\""]
    );
    assert_eq!(foreign("select * from pg_ls_dirs()"), ["pg_ls_dirs"]);
}

#[test]
fn operators_are_told_by_the_sign_that_postgresql_looks_up() {
    let operators = |sql| admitted(sql).operators().to_vec();
    assert_eq!(operators("select a+-b, a @- b, a->>'x' from t"), ["+", "-", "->>", "@-"]);
    assert_eq!(operators("select a != 1, a operator(pg_catalog.<=) 2 from t"), ["<=", "<>"]);
    assert_eq!(
        operators("select a like 'x', b ilike 'y', c in (1) from t"),
        ["!~~", "!~~*", "<>", "=", "~~", "~~*"]
    );
    assert_eq!(operators("select * from t order by a using ~<~"), ["=", "~<~"]);
    assert_eq!(operators("select a between 1 and 2 from t"), ["<", "<=", ">", ">="]);
    assert_eq!(operators("select * from a join b using (id)"), ["="]);
    let none: [String; 0] = [];
    assert_eq!(operators("select *, t.*, count(*), a::int, f(x => 1), '+' from t"), none);
    assert_eq!(operators("select a * 2, (a) * 3 from t"), ["*"]);
}

#[test]
fn types_are_told_wherever_they_are_named() {
    let types = |sql| admitted(sql).types().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(types("select a::s.\"Odd\"[], cast(b as email(3)) from t"), ["email", "s.\"Odd\""]);
    assert_eq!(types("select s.mood 'happy', date '2024-01-01'"), ["date", "s.mood"]);
    assert_eq!(
        types("select a::int, b::\"int\", c::double precision, d::varchar(3), e::char, f::\"char\" from t"),
        [
            "\"char\"",
            "\"int\"",
            "pg_catalog.bpchar",
            "pg_catalog.float8",
            "pg_catalog.int4",
            "pg_catalog.\"varchar\"",
        ]
    );
    assert_eq!(
        types("select time '1:00', timestamp with time zone '2024-01-01', interval '1' day, b'1'::bit(3)"),
        ["pg_catalog.\"bit\"", "pg_catalog.\"interval\"", "pg_catalog.\"time\"", "pg_catalog.timestamptz"]
    );
    assert_eq!(types("select * from f() as x(a one, b s.two[])"), ["one", "s.two"]);
    assert_eq!(
        types(
            "select * from xmltable('/a' passing x columns c one), json_table(y, '$' columns (d two, e three exists)) j"
        ),
        ["one", "three", "two"]
    );
    assert_eq!(
        types(
            "select json_value(j, '$' returning one), xmlserialize(content x as two), json_query(j, '$' returning s.three)"
        ),
        ["one", "two", "s.three"]
    );
    assert_eq!(types("select U&\"d\\006fm\" 'x', 1::U&\"d!006fm\" uescape '!'"), ["dom"]);
}

#[test]
fn a_star_is_one_of_columns_only() {
    for sql in [
        "select * from t",
        "select t.* from t",
        "select (c).* from t",
        "table t",
        "select 1 from (table t) s",
    ] {
        assert!(admitted(sql).has_star(), "{sql}");
    }
    for sql in ["select count(*) from t", "select a * 2 from t", "values (1)", "select '*' from t"] {
        assert!(!admitted(sql).has_star(), "{sql}");
    }
}
