//! What is refused for the work that it makes, and what people ask that only looks like it.

use crate::guard::admit;

fn rule(sql: &str) -> Result<(), &'static str> {
    admit(sql).map(|_| ()).map_err(|refusal| refusal.rule)
}

const STOPPED: &[&str] = &[
    // Widths and copies that stand elsewhere than in the call.
    "select translate(repeat('a', n), repeat('b', n), 'c') from (values (100000)) v(n)",
    "select translate(repeat('a', n), repeat('b', n), 'c') from t",
    "select btrim(x, y || 'a') from (select repeat('a', 100000) as x, repeat('b', 100000) as y) s",
    "select lpad('x', n) from (values (268435000)) v(n)",
    "select lpad('x', s.n) from (select 268435000 as n) s",
    "select lpad('x', (select 268435000))",
    "with w (n) as (select 268435000) select rpad('x', n) from w",
    "select repeat('x', n * n) from generate_series(100000, 100000) n",
    "select upper(repeat('x', '900000000'::int))",
    "select repeat('x', extract(epoch from now())::int)",
    "select repeat('x', (2 ^ 29)::int)",
    "select repeat('x', $1)",
    "select repeat('x', count(*)::int) from generate_series(1, 100000000)",
    "select (select repeat('x', s.n)) from (select 100000000 as n) s",
    "select repeat('x', s.column1) from (values (100000000)) s",
    "select repeat('x', ascii('x') * hashtext('y'))",
    // Passes over long values.
    "select reverse(reverse(reverse(reverse(repeat('x', 5000000)))))",
    "select 'x'::char(10485760)::char(10485760)::char(10485760)",
    "select length(x) + length(x) + length(x) + length(x) + length(x) + length(x) from (select repeat('x', 5000000) as x offset 0) s",
    "select x < y, x > y, x = y, x <> y from (select repeat('x', 5000000) as x, repeat('x', 5000000) as y offset 0) s",
    "select ('[' || repeat('1,', 5000000) || '1]')::jsonb",
    "select translate(repeat('a', 20000), repeat('b', 20000), '')",
    // Products of two long values, by functions and signs.
    "select array_fill(1, array[100000]) && array_fill(2, array[100000])",
    "select jsonb_object_agg('k' || g, g) - array_agg('k' || g) from generate_series(1, 100000) g",
    "select jsonb_object_agg('k' || g, g) - (select array_agg('k' || h) from generate_series(1, 100000) h) from generate_series(1, 100000) g",
    "select x like y from (select repeat('a', 100000) as x, '%' || repeat('a', 50000) || 'b' as y) s",
    "select x not like y from (select repeat('a', 100000) as x, '%' || repeat('a', 50000) || 'b' as y) s",
    "select x operator(pg_catalog.~~) y from (select repeat('a', 100000) as x, '%' || repeat('a', 50000) || 'b' as y) s",
    "select trim(both repeat('b', 100000) from repeat('a', 100000))",
    "select position(repeat('b', 100000) in repeat('a', 100000))",
    "select p <-> p from (select path(string_agg(g::text, ',')) as p from generate_series(1, 50000) g) s",
    "select translate(s, s, s) from (select string_agg(a.x || b.x, '') as s from generate_series(1, 1000) a(x), generate_series(1, 1000) b(x)) q",
    // Doubling, level by level.
    "with recursive n (t) as (select 'x' union all select t || t from n) select translate(t, t, t) from n",
    "with recursive n (t, i) as (select 'x', 1 union all select t || repeat('y', 1000), i + 1 from n) select translate(t, t, t) from n",
    // Escapes of escapes, level by level.
    "select quote_literal(quote_literal(quote_literal(quote_literal(quote_literal(quote_literal(quote_literal(quote_literal(quote_literal(\
     quote_literal(quote_literal(quote_literal(repeat(chr(39), 10000)))))))))))))",
    "select row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row(row('\"\"\"\"\"\"\"\"')))))))))))))))))))))::text",
    "select (((((((((((((((((((((((('\"', 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1), 1)::text",
    // One argument, many times.
    "select format('%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s', repeat('x', 1000000))",
    "select array_to_string(array_fill('x'::text, array[100000]), repeat('x', 10000))",
    "select concat_ws(repeat('x', 10000), variadic array_fill('x'::text, array[100000]))",
    "select polygon(50000000, circle '((0,0),1)')",
    // Functions behind a dot.
    "select ((((((repeat('x', 5000000)).upper).lower).upper).lower).upper)",
    // Rows out of a select list.
    "select translate(s, s, s) from (select string_agg(x, '') as s from (select 'xxxxxxxxxx' as x, generate_series(1, 1000000)) q) r",
    "select translate(s, s, s) from (select string_agg(x, '') as s from (select 'x' as x from json_table(repeat('1,', 1000000)::jsonb, '$[*]' columns (a int)) j) q) r",
    // Long numbers.
    "select 9.0 ^ 100000.0 / 7.0 ^ 60000.0 / 7.0 ^ 60000.0 / 7.0 ^ 60000.0 / 7.0 ^ 60000.0 / 7.0 ^ 60000.0",
];

#[test]
fn work_that_no_timeout_stops_is_refused() {
    let admitted: Vec<&&str> = STOPPED.iter().filter(|sql| rule(sql) != Err("cannot_be_stopped")).collect();
    assert!(admitted.is_empty(), "{admitted:#?}");
}

/// `select x || x from (select x || x from (…))`, of texts and of numbers.
#[test]
fn expressions_that_double_by_level_are_refused() {
    let doubled = |sign: &str, first: &str, levels: usize| {
        (0..levels).fold(format!("select {first} as x"), |inner, _| {
            format!("select x {sign} x as x from ({inner}) s")
        })
    };
    assert_eq!(rule(&doubled("||", "'a'", 40)), Err("cannot_be_stopped"));
    assert_eq!(rule(&doubled("+", "1", 40)), Err("too_large_when_expanded"));
    assert_eq!(
        rule(&doubled("+", "a from t", 40).replace("a from t as x", "a as x from t")),
        Err("too_large_when_expanded")
    );
    let common: Vec<String> =
        (1..40).map(|at| format!("c{at} as (select x + x as x from c{})", at - 1)).collect();
    assert_eq!(
        rule(&format!("with c0 as (select 1 as x), {} select x from c39", common.join(", "))),
        Err("too_large_when_expanded")
    );
    assert_eq!(rule(&doubled("+", "1", 10)), Ok(()));
    assert_eq!(rule(&doubled("||", "'a'", 10)), Ok(()));
}

const ANSWERED: &[&str] = &[
    "select repeat('#', n) from t",
    "select to_char(day, 'YYYY-MM'), repeat('#', (count(*) / 10)::int) from t where name like 'a%' group by 1",
    "select repeat('█', done) || repeat('░', 20 - done) || ' ' || pct || '%' from t",
    "select repeat('#', (sum(total) / 1000)::int) from orders group by day",
    "select repeat('#', least($1, 100))",
    "select lpad('', level * 2) || name from tree where name like '%x%'",
    "with recursive tree as (select id, name, 1 as level, name as path from t where parent is null union all \
     select t.id, t.name, tree.level + 1, tree.path || ' > ' || t.name from t join tree on t.parent = tree.id) \
     select repeat('  ', level) || name, replace(path, ' > ', '/') from tree where path like '%a%' order by path",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 1000) select lpad(i::text, 5, '0') from n",
    "select replace(string_agg(name, ', ' order by name), 'a', 'b') from t join u using (id) where u.name like '%b%' group by v",
    "select array_agg(id) && array[1, 2, 3], array_agg(a) @> array_agg(b) from t group by c having count(*) > 1",
    "select d::date, string_agg(o.name, ',') from generate_series('2024-01-01'::date, '2024-12-31', '1 day') d \
     left join orders o on o.day = d group by 1",
    "select string_agg(g::text, ',') from generate_series(1, 100000) g",
    "select (random() * 20)::int, repeat('x', (random() * 20)::int) from t",
    "select translate(phone, '+- ()', ''), btrim(name), strpos(email, '@'), split_part(email, '@', 2) from customers",
    "select name || ' ' || name as name from t where name like '%a%' or name ilike 'b%'",
    "select a * b / nullif(c, 0) * 100.0, round(a / b, 2), a ^ 2, sqrt(a * a + b * b), a % 7, log(a) from t",
    "select x from (select lower(trim(name)) as x from (select coalesce(name, '') as name from t) a) b where x like '%z%'",
    "select data ->> 'a', repeat('*', (data ->> 'stars')::int) from reviews where data @> '{\"a\": 1}'",
    "select repeat('-', 80), repeat('=', length(name)), rpad(name, 30, '.'), lpad(total::text, 12) from t",
    "select extract(hour from at), repeat('*', extract(hour from at)::int) from t",
    "select case when a > 1 then repeat('x', 3) when a > 2 then 'y' else name end like 'x%' from t",
    "select jsonb_agg(t) - 'a', to_jsonb(t) - array['a', 'b'] from t",
    "select now() - interval '1 day', age(a, b), a - b, date '2024-01-01' + n from t",
    "select array(select id from t) && array[1, 2]",
    "select json_build_object('a', json_build_object('b', json_build_array(json_build_object('c', to_jsonb(t))))) from t",
    "select format('%s (%s): %I, %L', name, id, name, note), concat_ws(', ', street, zip, city), quote_literal(name) from t",
    "select array_to_string(array_agg(name order by name), ', '), array_to_string(array[a, b, c], '') from t",
    "select (a, b) in ((1, 2), (3, 4)), row(a, b), (row(a, b))::text, t::text from t",
    "select unnest(array[1, 2, 3]), string_agg(x, ',') from (select unnest(tags) as x from t) s group by 1",
    "select regexp_replace(name, '[^a-z]+', '-', 'g'), encode(sha256(name::bytea), 'hex') from t",
    "values (repeat('x', 10)), (lpad('1', 3, '0'))",
    "select * from t where at > $1::date - $2::interval and total > $3::numeric * 2",
    "select * from t where total > $1 - 10 and at > now() - $2 * interval '1 day'",
    "select * from t where at >= $1 and at < $1 + interval '1 day' limit $2 offset ($3 - 1) * $2",
    "select * from t where name ilike '%' || $1 || '%' or name ~ $2 or name = any($3) or $4 = any(tags)",
    "select replace(name, $1, '-'), split_part(name, $1, 1), strpos(name, $1) from t",
    "select * from t where lower(name) = lower($1) and data @> $2 and tags && $3 and data ->> $4 = $5",
    "select * from t where doc @@ websearch_to_tsquery('english', $1) order by name <-> $2",
    "select * from t where total between $1 and $1 + $2 and $3 - at < interval '1 day'",
    "select * from t where ($1 is null or a = $1) and coalesce($2, b) = b and c % $3 = 0",
];

#[test]
fn what_people_ask_is_admitted() {
    let refused: Vec<String> = ANSWERED
        .iter()
        .filter_map(|sql| admit(sql).err().map(|refusal| format!("{sql}: {refusal}")))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Nested recursion is read several times a level: it ends.
#[test]
fn nested_recursion_is_read_in_time() {
    let nested = (0..60).fold("select 1 as x".to_owned(), |inner, at| {
        format!(
            "with recursive r{at} as (select 1 as x union all select x from ({inner}) s) select x from r{at}"
        )
    });
    assert_eq!(rule(&nested), Err("cannot_be_stopped"));
}
