//! Statements that people and assistants really ask, over the whole width of PostgreSQL's grammar.

use crate::guard::{StatementKind, admit};

const QUERIES: &[&str] = &[
    "select 1",
    "select 1;",
    "  select 1 ; ;; -- done",
    "/* why */ select 1 /* not */",
    "select",
    "(select 1)",
    "((select 1) union (select 2)) order by 1",
    "values (1, 'a'), (2, 'b')",
    "table t",
    "table t limit 1",
    "table only s.t order by 1",
    "select * from t where a = $1 and b like $2 limit 10 offset 5",
    "select a as \"update\", 'delete from t; drop table t' from t",
    "select 'it''s', E'a\\'b', $$a;b$$, $tag$ $$ ; $tag$, U&'d\\0061t' , U&'d!0061t' uescape '!', b'01', x'ff', n'x'",
    "select 'a'\n 'b'",
    "select U&\"d!0061ta\" uescape '!' from t",
    "select distinct on (a) a, b from t order by a, b desc nulls last",
    "select count(*) filter (where a > 0), sum(a) over w from t group by a window w as (partition by b order by c)",
    "select sum(a) over (order by b rows between 1 preceding and current row exclude current row) from t",
    "select sum(a) over (order by b groups between unbounded preceding and 1 following exclude ties) from t",
    "select first_value(a) over (order by b range between interval '1 day' preceding and current row) from t",
    "with x as (select 1 as a), y as materialized (select * from x) select * from y",
    "with x as not materialized (select 1) table x",
    "with a as not materialized (select * from t, u), b as not materialized (select * from a x join a y using (id)) select * from b, b c",
    "with a as (select * from t), b as (select * from a, a x), c as (select * from b, b x), d as (select * from a, b, c) table d",
    "with recursive t(n) as (values (1) union all select n + 1 from t where n < 10) select sum(n) from t",
    "with recursive t(n) as (select 1 union all select n + 1 from t) search depth first by n set o select * from t limit 9",
    "with recursive t(n) as (select 1 union all select n from t) cycle n set c using p select * from t",
    "with recursive t(n) as (select 1 union all select n from t) cycle n set c to true default false using p table t",
    "select * from rows from (generate_series(1, 3), unnest(array[1, 2])) with ordinality as r(a, b, n)",
    "select * from json_to_recordset('[]') as x(a int, b text)",
    "select * from rows from (json_to_recordset('[]') as (a int), generate_series(1, 2)) as r",
    "select * from t tablesample bernoulli (1) repeatable (42)",
    "select * from a left join b using (id) natural join c cross join lateral (select * from d where d.x = a.x) e",
    "select * from a join b using (id) as j",
    "select * from (a join b on a.x = b.x) join c on true",
    "select * from (select 1), (values (2)) v(x)",
    "select a, b, sum(c) from t group by grouping sets ((a), (b), ()), rollup (a), cube (a, b) having sum(c) > 0",
    "select a, grouping(a) from t group by distinct rollup (a)",
    "select * from t order by a using < fetch first 3 rows with ties",
    "select case a when 1 then 'x' else 'y' end, case when b then 1 end from t",
    "select a between symmetric 2 and 1, a not between 1 and 2, a is distinct from b, a is not null from t",
    "select a in (1, 2), a not in (select b from u), a = any ($1), a > all (array[1]), (a, b) in ((1, 2)) from t",
    "select exists (select 1 from u where u.a = t.a), array(select 1), (select max(a) from u) from t",
    "select a like 'x%' escape '!', a ilike 'x', a similar to 'x', a ~ 'x', a !~* 'x' from t",
    "select j -> 'a' ->> 'b', j #> '{a,b}', j #>> '{a}', j @> '{}', j <@ '{}', j ? 'a', j ?| array['a'], j ?& $1 from t",
    "select j @? '$.a', j @@ '$.a > 1', j - 'a', j #- '{a}', j || '{}', j['a']['b'] from t",
    "select json_object('a': 1, 'b' value 2 null on null), json_array(1, 2), json_agg(a), jsonb_object_agg(a, b) from t",
    "select json_value(j, '$.a' returning int default 0 on empty), json_query(j, '$.b' with wrapper), json_exists(j, '$') from t",
    "select * from json_table('[]', '$[*]' columns (a int path '$.a', n for ordinality)) as j",
    "select j is json object from t",
    "select * from xmltable('/a/b' passing x columns c int path '@c')",
    "select xmlelement(name a, xmlattributes(1 as b), 'c'), xmlforest(1 as a), xmlserialize(content x as text) from t",
    "select a::int, cast(a as numeric(10, 2)), a::text[], date '2024-01-01', interval '1' year, timestamp with time zone '2024-01-01' from t",
    "select extract(epoch from a), date_trunc('day', a), a at time zone 'UTC', (a, b) overlaps (c, d) from t",
    "select substring(a from 1 for 2), substring(a similar 'x' escape '#'), trim(both 'x' from a), overlay(a placing 'x' from 1), position('a' in a) from t",
    "select a[1], a[1:2], a[:], array[[1, 2], [3, 4]], (c).f, (c).*, t.* from t",
    "select row(1, 2), (1, 2) = (3, 4), coalesce(a, b), nullif(a, b), greatest(a, b), least(a, b) from t",
    "select percentile_cont(0.5) within group (order by a), string_agg(a, ',' order by a), array_agg(distinct a) from t",
    "select make_interval(days => 1), f(a := 1), concat_ws(',', variadic array['a']) from t",
    "select a collate \"C\", a operator(pg_catalog.+) 1, - a, @ a, |/ a, a % 2, a ^ 2, a # b, a << 1 from t",
    "select current_date, current_timestamp(3), localtime, current_user, session_user, current_schema, current_catalog",
    "select * from current_user, current_date as d",
    "select 1 union all select 2 intersect select 3 except select 4 order by 1 limit all",
    "select 0x1F, 1_000, 1e-5, .5, 1., 0b11, 0o17",
    "select lag(a, 1) ignore nulls over (order by b) from t",
    "select normalize(a, nfc), a is nfc normalized, collation for (a) from t",
    "select relname, pg_size_pretty(pg_total_relation_size(oid)) from pg_class where relkind = 'r' order by 2 desc",
    "select 'a' as update, \"select\", t.\"Weird \"\"name\" from \"From\" t",
    "select\u{b}1",
    "select 1 --comment at the end without a newline",
    "select \"ünïcode\", 'ünïcode' as ünïcode",
    "select a from t where ts >= now() - interval '1 day' and ts < timestamp '2024-01-01 00:00:00'",
    "select to_tsvector('english', a) @@ plainto_tsquery($1) from t",
    "select (select count(*) from u where u.id = t.id) > 0 from t",
    "select * from t, lateral unnest(t.tags) with ordinality as u(tag, n)",
    "select * from t as x (a, b) where x.a is true and x.b is not unknown",
    // Functions by family, new ones of 16 to 18 among them.
    "select now(), clock_timestamp(), statement_timestamp(), timeofday(), age(ts), date_trunc('day', ts), date_bin('1 hour', ts, now()) from t",
    "select random(), random(1, 6), random_normal(), gen_random_uuid(), uuidv7(), uuidv4(), uuid_extract_timestamp(u) from t",
    "select array_shuffle(a), array_sample(a, 2), array_sort(a), array_reverse(a), trim_array(a, 1), cardinality(a) from t",
    "select date_add(ts, '1 day'), date_subtract(ts, '1 day'), erf(1), gamma(3), casefold(a), crc32(b), to_bin(7), to_oct(7) from t",
    "select any_value(a), json_arrayagg(a), json_agg_strict(a), bit_xor(b), max(bytea 'x') from t",
    "select pg_input_is_valid('42', 'integer'), pg_input_is_valid(a, 'numeric(10, 2)'), pg_input_error_info('x', $$date$$) from t",
    "select current_setting('work_mem'), current_setting('server_version_num', true), current_setting('TimeZone')",
    "select format('%s: %I = %L', a, b, c), format('%2$-10s|%1$5s|100%%', a, b), format($$%s$$, a) from t",
    "select lpad(id::text, 8, '0'), rpad(name, 20), repeat('-', 40), repeat('x', n), lpad(name, length(name) + depth * 2) from t",
    "select repeat('x', 5000000)",
    "select replace(name, 'a', 'b'), split_part(email, '@', 2), repeat('-', 20), lpad(id::text, 8, '0'), position('x' in name) from t",
    "select string_agg(trim(replace(name, 'a', 'b')), ', '), string_to_array(tags, ',') && array['a'] from t where name like '%' || $1 || '%'",
    "select repeat('  ', depth * 2) || trim(name), lpad(name, length(name) + 4), rpad(name, 40), to_char(d, 'YYYY') from t",
    "select to_char(d, 'YYYY-MM'), array_agg(d) from generate_series(now() - interval '1 year', now(), '1 day') d group by 1",
    "select to_char(n, '000') from generate_series(1, 1000000) n",
    "select string_agg(trim(n::text), ',') from generate_series(1, 1000) n",
    "select array_fill(0, array[3, 4]), array_fill(0, array[n]) from t",
    "select regexp_replace(normalize(name, nfd), '[\\u0300-\\u036f]', '', 'g'), name is normalized from t",
    "select xpath('/a/b[@c=1]/text()', x), xpath('//a', x), xpath_exists('//a[b]', x), xmlexists('//a' passing by value x) from t",
    "select pg_size_pretty(pg_database_size(current_database())), pg_relation_size('t'), pg_table_size('t'), pg_indexes_size('t')",
    "select pg_stat_get_live_tuples(c.oid), pg_stat_get_last_analyze_time(c.oid), pg_get_indexdef(i.indexrelid), pg_get_expr(i.indpred, i.indrelid) from pg_class c, pg_index i",
    "select has_table_privilege('t', 'select'), has_column_privilege('t', 'a', 'select'), pg_has_role('r', 'usage'), row_security_active('t')",
    "select to_regclass('t'), 't'::regclass, 'lower(text)'::regprocedure, to_regtype('int'), format_type(23, null), obj_description('t'::regclass)",
    "select pg_blocking_pids(pid), wait_event, query from pg_stat_activity where state <> 'idle'",
    "select pg_is_in_recovery(), pg_current_wal_lsn(), pg_last_wal_replay_lsn(), pg_wal_lsn_diff(a, b), pg_current_snapshot() from t",
    "select * from pg_partition_tree('t'), pg_partition_ancestors('t')",
    "select * from pg_locks l join pg_stat_activity a using (pid) where not l.granted",
    "select name, setting, unit from pg_settings where name in ('work_mem', 'shared_buffers') order by 1",
    "select s.name, s.setting, s.boot_val from pg_catalog.pg_settings as s where s.name = 'work_mem' and s.unit is not null",
    "select setting::int from pg_settings where (name = 'Max_Connections')",
    "select name, unit, category, short_desc from pg_settings where name like '%mem%'",
    "select count(*) from pg_settings where pending_restart",
    "select (select setting from pg_settings where name = 'work_mem') as work_mem, rolname from pg_roles",
    "select r.oid, r.rolname, pg_get_userbyid(m.member) from pg_roles r join pg_auth_members m on m.roleid = r.oid",
    "select * from pg_auth_members, pg_tables, pg_views, pg_matviews, pg_indexes, pg_policies, pg_sequences, pg_largeobject_metadata",
    "select * from information_schema.columns c join information_schema.foreign_servers on true join information_schema.user_mappings on true",
    "select viewname, definition from pg_catalog.pg_views where schemaname = 'public'",
    "select attname, n_distinct, null_frac from pg_stats where tablename = 'orders' order by 1",
    "select s.attname, s.correlation, c.reltuples from pg_catalog.pg_stats s join pg_class c on c.relname = s.tablename",
    "select count(*) from pg_stats_ext where schemaname = 'public'",
    "select last_value from orders_id_seq",
    "with pg_stats as (select 1 as a) select * from pg_stats",
    "select pg_shadow, pg_authid from t as x (pg_shadow, pg_authid)",
    "select t.format, t.version, t.name, t.system, t.left, t.pg_version, t.lo_key, t.repeat from t",
    "select jsonb('{}'), uuid('6ecd8c99-4036-403d-bf84-cf8400f67836'), inet('10.0.0.1'), int4('1'), date('2024-01-01')",
    "select uuid_in(md5(a)::cstring), uuid_send(u), textsend(a), int8send(b), record_out(t) from t",
    "select hashtext(a), md5(a), sha256(b), encode(b, 'hex'), decode(a, 'base64'), convert_from(b, 'UTF8') from t",
    "select to_tsvector(a), ts_rank(v, q), ts_headline(a, q), setweight(v, 'A'), websearch_to_tsquery('x'), ts_debug('x') from t",
    "select width_bucket(a, 0, 10, 5), percentile_disc(0.5) within group (order by a), mode() within group (order by a), regr_slope(a, b) from t",
    "select lag(a) over w, ntile(4) over w, cume_dist() over w, nth_value(a, 2) over w from t window w as (order by b)",
    "select range_agg(r), int4range(1, 5) * int4range(3, 9), upper_inf(r), multirange(r), unnest(m), range_merge(r, r) from t",
    "select jsonb_path_query(j, '$.a[*] ? (@ > 1)'), jsonb_set(j, '{a}', '1'), jsonb_each_text(j), jsonb_strip_nulls(j), to_jsonb(t) from t",
    "select popen(p), pclose(p), area(b), center(c) from t",
    "select similarity(a, 'x'), myschema.price(id), st_distance(g, h) from t",
    "select * from t tablesample system (1)",
    "select query_to_xml from t as x (query_to_xml)",
];

const EXPLAINS: &[(&str, bool)] = &[
    ("explain select 1", false),
    ("explain verbose select * from t", false),
    ("explain (verbose, costs off, format json) select 1", false),
    ("explain (analyze off) select 1", false),
    ("explain (analyze false, buffers) select 1", false),
    ("explain (\"analyze\" 'off') select 1", false),
    ("explain analyze select 1", true),
    ("explain analyse verbose select 1", true),
    ("explain (analyze) select 1", true),
    ("explain (buffers, analyze on) table t", true),
    ("explain (analyze off, analyze) select 1", true),
    ("explain (analyze 1) with x as (select 1) select * from x", true),
    ("explain (analyze $$true$$) values (1)", true),
];

const SHOWS: &[&str] = &[
    "show work_mem",
    "show time zone",
    "SHOW transaction_isolation;",
    "show transaction isolation level",
    "show session authorization",
    "show Server_Version",
    "show \"TimeZone\"",
    "show search_path",
    "show DateStyle",
    "show shared_preload_libraries",
    "show pg_stat_statements.track",
    "show default_transaction_read_only",
];

#[test]
fn queries_are_admitted() {
    let refused: Vec<String> = QUERIES
        .iter()
        .filter_map(|sql| match admit(sql) {
            Ok(admitted) if admitted.kind() == StatementKind::Query => None,
            Ok(admitted) => Some(format!("{:?}: {sql}", admitted.kind())),
            Err(refusal) => Some(format!("{}: {refusal}: {sql}", refusal.rule)),
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(QUERIES.len() >= 100);
}

#[test]
fn explain_says_whether_it_runs_the_query() {
    for (sql, analyze) in EXPLAINS {
        let kind = admit(sql).map(|admitted| admitted.kind());
        assert_eq!(kind, Ok(StatementKind::Explain { analyze: *analyze }), "{sql}");
    }
}

#[test]
fn show_is_admitted() {
    for sql in SHOWS {
        assert_eq!(admit(sql).map(|admitted| admitted.kind()), Ok(StatementKind::Show), "{sql}");
    }
}

#[test]
fn the_statement_is_kept_without_its_semicolon() {
    assert_eq!(admit(" -- a\n select 1 ; -- b").unwrap().sql(), "select 1");
    assert_eq!(admit("select ';' /* ; */ from t;").unwrap().sql(), "select ';' /* ; */ from t");
}
