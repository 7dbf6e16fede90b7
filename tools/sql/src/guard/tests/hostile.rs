//! Statements that must never be admitted: published bypasses of other servers, and what PostgreSQL would let through.

use crate::guard::{admit, builtin};
use crate::quote_identifier;

const HOSTILE: &[(&str, &str)] = &[
    // Leaving the transaction: the reference server's hole.
    ("several_statements", "COMMIT; DROP SCHEMA public CASCADE"),
    ("several_statements", "select 1; drop table t"),
    ("several_statements", "select 1;;select 2"),
    ("several_statements", "select 1; -- harmless\r\ndelete from t"),
    ("several_statements", "select 1 -- \rfrom t; delete from t"),
    ("several_statements", r"select '\'; drop table t; --'"),
    ("several_statements", "select $a$ $b$ $a$; drop table t; select $b$ $b$"),
    ("several_statements", "select /* /* */ ; */ 1; drop table t"),
    ("syntax_error", "select 1 */ ; drop table t /*"),
    ("syntax_error", "select /* ; drop table t"),
    ("syntax_error", "select 'open"),
    ("syntax_error", "select \"open"),
    ("syntax_error", "select $x$ open $y$"),
    ("empty", ""),
    ("empty", " -- only a comment\n"),
    ("empty", ";"),
    ("statement_kind", "begin"),
    ("statement_kind", "commit"),
    ("statement_kind", "rollback"),
    ("statement_kind", "savepoint a"),
    ("statement_kind", "set transaction read write"),
    ("statement_kind", "set session characteristics as transaction read write"),
    ("statement_kind", "set role postgres"),
    ("statement_kind", "reset all"),
    ("statement_kind", "discard all"),
    ("statement_kind", "prepare transaction 'x'"),
    // Writes, and writes that hide in a query.
    ("not_read_only", "insert into t values (1)"),
    ("not_read_only", "update t set a = 1"),
    ("not_read_only", "delete from t"),
    ("not_read_only", "MERGE into t using s on t.a = s.a when matched then delete"),
    ("not_read_only", "truncate t"),
    ("not_read_only", "create table t (a int)"),
    ("not_read_only", "create table t as select 1"),
    ("not_read_only", "alter system set work_mem = '1GB'"),
    ("not_read_only", "drop table t"),
    ("not_read_only", "/* a comment */ drop table t"),
    ("not_read_only", "grant all on t to public"),
    ("not_read_only", "refresh materialized view v"),
    ("not_read_only", "reindex table t"),
    ("not_read_only", "vacuum full t"),
    ("not_read_only", "analyze t"),
    ("not_read_only", "cluster t"),
    ("not_read_only", "comment on table t is 'x'"),
    ("not_read_only", "security label on table t is 'x'"),
    ("data_modifying_cte", "with x as (delete from t returning *) select * from x"),
    ("data_modifying_cte", "with x as (insert into t values (1) returning a) select * from x"),
    ("data_modifying_cte", "with x as (update t set a = 1 returning a) select 1"),
    (
        "data_modifying_cte",
        "with x as (merge into t using s on true when matched then delete returning t.*) select 1",
    ),
    ("data_modifying_cte", "select * from (with x as (delete from t returning *) select * from x) s"),
    ("not_read_only", "with x as (select 1) delete from t"),
    ("not_read_only", "with x as (select 1) insert into t select * from x"),
    ("not_read_only", "with x as (select 1) update t set a = 1"),
    ("select_into", "select 1 into t"),
    ("select_into", "select * into temp t from u"),
    ("select_into", "with x as (select 1) select * into t from x"),
    ("select_into", "explain analyze select 1 into t"),
    ("locking_clause", "select * from t for update"),
    ("locking_clause", "select * from t for no key update of t nowait"),
    ("locking_clause", "select * from t for share skip locked"),
    ("locking_clause", "select * from (select * from t for key share) s"),
    ("locking_clause", "table t for update"),
    ("locking_clause", "(select * from t) for update"),
    ("locking_clause", "with x as (select 1) table x for share"),
    ("locking_clause", "with x as (select * from t for update) select 1"),
    ("locking_clause", "select * from t limit 1 for update of t"),
    ("select_into", "select into t from u"),
    ("select_into", "select 1 into unlogged table t"),
    (
        "data_modifying_cte",
        "select * from t where a in (with x as (delete from u returning a) select a from x)",
    ),
    ("data_modifying_cte", "select 1 union (with x as (update t set a = 1 returning a) select a from x)"),
    ("data_modifying_cte", "explain delete from t"),
    ("data_modifying_cte", "explain (analyze) delete from t"),
    ("data_modifying_cte", "explain analyze with x as (delete from t returning *) select * from x"),
    ("statement_kind", "explain analyze create table t as select 1"),
    ("statement_kind", "explain create materialized view v as select 1"),
    ("statement_kind", "explain analyze execute p"),
    ("statement_kind", "explain declare c cursor for select 1"),
    // Code, files, other sessions, other servers.
    ("not_read_only", "do $$ begin commit; set transaction read write; create table t (); end $$"),
    ("not_read_only", "call p()"),
    ("not_read_only", "execute p"),
    ("not_read_only", "copy t to program 'curl example.org'"),
    ("not_read_only", "copy (select 1) to '/tmp/x'"),
    ("not_read_only", "copy t from stdin"),
    ("not_read_only", "create function f() returns int language sql as 'select 1'"),
    ("not_read_only", "import foreign schema s from server x into y"),
    ("statement_kind", "prepare p as select 1"),
    ("statement_kind", "deallocate all"),
    ("statement_kind", "declare c cursor for select 1"),
    ("statement_kind", "fetch all from c"),
    ("statement_kind", "lock table t in access exclusive mode"),
    ("statement_kind", "listen a"),
    ("statement_kind", "notify a"),
    ("statement_kind", "load 'plugin'"),
    ("statement_kind", "checkpoint"),
    ("treat", "select treat('/etc/passwd' as pg_read_file)"),
    ("treat", "select * from t where a = (select treat(1 as pg_sleep))"),
    ("function", "select ('/etc/passwd'::text).pg_read_file"),
    ("function", "select f.pg_read_file from lower('/etc/passwd') f"),
    ("function", "select (('/etc/passwd'::text).lower).\"pg_read_file\""),
    ("function", "select 1 from t order by (60).pg_sleep"),
    ("operator_schema", "select 1 operator(evil.+) 2"),
    ("operator_schema", "select 1 operator(\"PG_CATALOG\".+) 2"),
    // Functions that read but are not readers.
    ("function", "select pg_read_file('/etc/passwd')"),
    ("function", "select * from pg_read_file('/etc/passwd')"),
    ("function", "select * from t, lateral pg_ls_dir(t.a) d"),
    ("function", "select * from rows from (pg_ls_dir('.'), generate_series(1, 2))"),
    ("function", "select pg_read_binary_file('a'), 1"),
    ("function", "select (pg_stat_file('postgresql.conf')).size"),
    ("function", "select PG_CATALOG.PG_LS_WALDIR()"),
    ("function", "select \"pg_read_file\"('a')"),
    ("function", "select U&\"pg\\005fread\\005ffile\"('a')"),
    ("function", "select U&\"pg!005fread_file\" uescape '!' ('a')"),
    ("function", "select pg_catalog./**/\"pg_sleep\" /**/ (1)"),
    ("function", "select db.pg_catalog.pg_sleep(1)"),
    ("function", "select 1 from t where pg_sleep(1) is null"),
    ("function", "select 1 from t order by pg_sleep_for('1 day')"),
    ("function", "select 1 from t group by rollup (pg_sleep_until(now()))"),
    ("function", "select 1 limit pg_advisory_lock(1)"),
    ("function", "select count(*) filter (where pg_try_advisory_lock(a)) from t"),
    ("function", "select sum(a) over (order by nextval('s')) from t"),
    ("function", "select case when true then setval('s', 1) end"),
    ("function", "values (currval('s')), (lastval())"),
    ("function", "explain select nextval('s')"),
    ("function", "explain analyze select * from pg_logical_slot_get_changes('s', null, null)"),
    (
        "function",
        "select * from xmltable('/a' passing query_to_xml('delete from t', true, true, '') columns a int)",
    ),
    ("function", "select table_to_xml('pg_authid', true, true, '')"),
    ("function", "select schema_to_xml('public', true, true, ''), 1"),
    ("function", "select database_to_xml(true, true, '')"),
    ("function", "select cursor_to_xml('c', 1, true, true, '')"),
    ("function", "select * from ts_stat('select v from secrets')"),
    ("function", "select ts_rewrite('a'::tsquery, 'select t, s from aliases')"),
    ("function", "select set_config('role', 'postgres', false)"),
    ("function", "select setseed(0.5)"),
    ("function", "select txid_current()"),
    ("function", "select pg_current_xact_id()"),
    ("function", "select pg_export_snapshot()"),
    ("function", "select lo_get(1), lo_import('/etc/passwd')"),
    ("function", "select * from t, lateral lo_create(0)"),
    ("function", "select loread(0, 1)"),
    ("function", "select pg_terminate_backend(pid) from pg_stat_activity"),
    ("function", "select pg_cancel_backend(1)"),
    ("function", "select pg_notify('c', 'x')"),
    ("function", "select pg_reload_conf(), pg_switch_wal(), pg_promote()"),
    ("function", "select pg_start_backup('x')"),
    ("function", "select pg_stat_reset()"),
    ("function", "select pg_create_physical_replication_slot('s')"),
    ("function", "select pg_logical_emit_message(false, 'a', 'b')"),
    ("function", "select pg_replication_origin_create('a')"),
    ("function", "select pg_import_system_collations('public'::regnamespace)"),
    ("function", "select brin_summarize_new_values('i'), gin_clean_pending_list('i')"),
    ("function", "select binary_upgrade_set_next_pg_type_oid(1)"),
    ("function", "select fmgr_c_validator(1)"),
    ("function", "select pg_hba_file_rules()"),
    ("function", "select * from pg_show_all_file_settings()"),
    ("function", "select pg_current_logfile()"),
    ("function", "select pg_restore_relation_stats('relation', 't'::regclass)"),
    ("function", "select pg_mcv_list_items(stxdmcv) from t"),
    ("function", "select domain_in('x', 1, 1)"),
    ("function", "select eqsel(a, b, c, d) from t"),
    ("function", "select pg_input_is_valid('x', 'my_domain')"),
    ("function", "select pg_input_is_valid('x', a) from t"),
    ("function", "select * from pg_input_error_info('x', 'public.' || 'd')"),
    ("function", "select * from t tablesample system (pg_sleep(1))"),
    ("function", "select (array[pg_sleep(1)])[1]"),
    ("function", "select a from t union all select pg_sleep(1)"),
    ("function", "with x as (select pg_sleep(1)) select 1 from x"),
    ("function", "select row(pg_sleep(1)), array(select pg_sleep(1))"),
    ("function", "select json_object('a': pg_read_file('b'))"),
    ("function", "select coalesce(a, pg_read_file('b')) from t"),
    ("function", "select 1 from a join b on pg_sleep(1) is null"),
    ("function", "select extract(epoch from pg_sleep(1)::text::timestamp)"),
    ("function", "select trim(pg_read_file('a')), substring(pg_read_file('a') from 1)"),
    ("function", "select f(a => pg_read_file('x'))"),
    ("function", "select f(variadic array[pg_read_file('x')])"),
    // Relations that hold secrets.
    ("relation", "select * from pg_authid"),
    ("relation", "table pg_shadow"),
    ("relation", "select rolpassword from \"pg_catalog\".\"pg_authid\""),
    ("relation", "select * from U&\"pg\\005fauthid\""),
    ("relation", "select * from postgres.pg_catalog.PG_AUTHID"),
    ("relation", "select (select passwd from pg_shadow limit 1)"),
    ("relation", "select 1 from t where exists (select 1 from pg_authid where rolpassword like 'a%')"),
    ("relation", "with pg_authid as (select * from pg_authid) select * from pg_authid"),
    ("relation", "with x as (select 1) select * from x join pg_user_mapping on true"),
    ("relation", "select umoptions from pg_user_mappings"),
    ("relation", "select * from information_schema.user_mapping_options"),
    ("relation", "select srvoptions from pg_foreign_server"),
    ("relation", "select subconninfo from pg_subscription"),
    ("relation", "select data from pg_largeobject"),
    ("relation", "select * from pg_hba_file_rules"),
    ("relation", "select * from pg_ident_file_mappings"),
    ("relation", "select * from pg_file_settings"),
    ("relation", "select stavalues1 from pg_statistic"),
    ("relation", "select most_common_vals from pg_stats"),
    ("relation", "select * from pg_stats_ext, pg_stats_ext_exprs"),
    ("relation", "select s.\"most_common_vals\" from pg_stats s"),
    ("relation", "select histogram_bounds::text from pg_stats"),
    ("relation", "select s from pg_stats s"),
    ("relation", "select to_json(pg_stats) from pg_stats"),
    ("relation", "select s.to_jsonb from pg_stats s"),
    ("relation", "select (s).most_common_elems from pg_stats as s"),
    (
        "relation",
        "select j from pg_stats s join pg_class c on c.relname = s.tablename cross join lateral (select s) j",
    ),
    ("relation", "select j.v from (select 1) x join pg_stats as j (a, b, c, d, e, f, g, h, i, v) on true"),
    ("relation", "select 1 from pg_stats where U&\"most\\005fcommon_vals\" is not null"),
    ("relation", "select attname from pg_stats a join pg_stats b using (most_common_vals)"),
    ("relation", "select x from (table pg_stats) x"),
    ("relation", "select attname from pg_stats order by range_bounds_histogram"),
    ("relation", "select setconfig from pg_db_role_setting"),
    ("function", "select name, setting from pg_show_all_settings()"),
    ("relation", "select * from pg_statistic_ext_data"),
    ("relation", "explain select * from only (pg_authid)"),
    // Settings with paths, commands and secrets.
    ("statement_kind", "SHOW TABLES"),
    ("statement_kind", "show columns from t"),
    ("statement_kind", "show create table t"),
    ("syntax_error", "select `id` from `orders`"),
    ("syntax_error", "select id from orders limit 10, 20"),
    ("setting", "show all"),
    ("setting", "show data_directory"),
    ("setting", "SHOW \"HBA_File\""),
    ("setting", "show ssl_key_file"),
    ("setting", "show primary_conninfo"),
    ("setting", "show archive_command"),
    ("setting", "show my.setting"),
    ("setting", "select current_setting('data_directory')"),
    ("setting", "select pg_catalog.current_setting('app.jwt_secret', true)"),
    ("setting", "select current_setting('primary' || '_conninfo')"),
    ("setting", "select current_setting($1)"),
    ("setting", "select current_setting(name) from pg_settings"),
    ("setting", "select current_setting(E'work\\137mem')"),
    ("setting", "select ('primary_conninfo'::text).current_setting"),
    ("setting", "select current_setting(variadic array['work_mem'])"),
    ("setting", "select current_setting('work'\n'_mem')"),
    ("setting", "select reverse(setting) from pg_settings where name='primary_conninfo'"),
    ("setting", "select name, setting from pg_settings"),
    ("setting", "select name, setting from pg_settings where name like 'work%'"),
    ("setting", "select setting from pg_settings where name = 'work_mem' or true"),
    ("setting", "select setting from pg_settings where not (name = 'work_mem')"),
    ("setting", "select setting from pg_settings where name <> 'work_mem'"),
    ("setting", "select setting from pg_settings where name not in ('work_mem')"),
    ("setting", "select setting from pg_settings where name in ('work_mem', 'primary_conninfo')"),
    ("setting", "select setting from pg_settings where name in (select 'primary_conninfo')"),
    ("setting", "select setting from pg_settings where name = any (array['primary_conninfo'])"),
    ("setting", "select setting from pg_settings where name = $1"),
    (
        "setting",
        "select s.setting from pg_settings s, (select 'work_mem' as name) t where t.name = 'work_mem'",
    ),
    ("setting", "select setting from pg_settings s join t on true where t.name = 'work_mem'"),
    ("setting", "select reset_val from (select reset_val from pg_settings) s where name = 'work_mem'"),
    (
        "setting",
        "select setting from pg_settings where name = 'work_mem' union all select boot_val from pg_settings",
    ),
    ("setting", "select sourcefile from pg_settings where name = 'work_mem'"),
    ("setting", "select * from pg_settings where name = 'work_mem'"),
    ("setting", "table pg_catalog.pg_settings"),
    ("setting", "select s::text from pg_settings s"),
    ("setting", "select b from pg_settings as s (a, b)"),
    ("setting", "select U&\"s\\0065tting\" from pg_settings"),
    ("relation", "select rolname, rolconfig from pg_roles"),
    ("relation", "select * from pg_roles"),
    ("relation", "table pg_roles"),
    ("relation", "select r from pg_roles r"),
    ("relation", "select to_jsonb(pg_user) from pg_user"),
    ("relation", "select r.to_json from pg_roles r"),
    ("relation", "select k from pg_roles r (a, b, c, d, e, f, g, h, i, j, k)"),
    ("relation", "select ftoptions from pg_foreign_table"),
    ("relation", "select * from information_schema.foreign_table_options"),
    ("relation", "select fdwoptions from pg_foreign_data_wrapper"),
    ("relation", "select \"useconfig\" from pg_catalog.pg_user"),
    // Work that no timeout stops.
    ("cannot_be_stopped", "select format('%1000000000s', 'x')"),
    ("cannot_be_stopped", "select format('%-1000000000s', 'x')"),
    ("cannot_be_stopped", "select format('%1$1000000000s', 'x')"),
    ("cannot_be_stopped", "select format('%99999999999999999999s', 'x')"),
    ("cannot_be_stopped", "select format('%*s', 1000000000, 'x')"),
    ("cannot_be_stopped", "select format('%1$*2$s', 'x', 1000000000)"),
    ("cannot_be_stopped", "select format('%*s', variadic array['1000000000', 'x'])"),
    ("cannot_be_stopped", "select format('%' || '1000000000s', 'x')"),
    ("cannot_be_stopped", "select format($1, 'x')"),
    ("cannot_be_stopped", "select format(E'\\0451000000000s', 'x')"),
    ("cannot_be_stopped", "select format(U&'\\0025100000000s', 'x')"),
    ("cannot_be_stopped", "select pg_catalog.format($f$%1000000000s$f$, 'x')"),
    ("cannot_be_stopped", "select lpad('x', 268435000)"),
    ("cannot_be_stopped", "select rpad('x', (100000000), 'y')"),
    ("cannot_be_stopped", "select lpad('', n), lpad('', n), lpad('', n), lpad('', n), lpad('', n) from t"),
    (
        "cannot_be_stopped",
        "select lpad('x', 1000000), lpad('x', 1000000), lpad('x', 1000000), lpad('x', 1000000), lpad('x', 1)",
    ),
    ("cannot_be_stopped", "select array_fill(1, array[100000000])"),
    ("cannot_be_stopped", "select array_fill(1, array[10000, 10000])"),
    ("cannot_be_stopped", "select repeat('x', 1000000000)"),
    ("cannot_be_stopped", "select normalize(repeat(U&'\\0301\\0316', 100000))"),
    ("cannot_be_stopped", "select x is not nfkd normalized from (select repeat('x', 100000) as x) s"),
    ("cannot_be_stopped", "select (repeat('x', 100000)).normalize"),
    (
        "cannot_be_stopped",
        "with recursive t(x) as (select 'x' union all select x || x from t) select normalize(x) from t",
    ),
    ("cannot_be_stopped", "select xpath('//a[count(//a) > count(.//a)]', x) from t"),
    ("cannot_be_stopped", "select xpath('//a//a//a//a', x) from t"),
    ("cannot_be_stopped", "select xpath('//a', ('<a>' || repeat('<a/>', 1000000) || '</a>')::xml)"),
    ("cannot_be_stopped", "select xpath(p, x) from t"),
    ("cannot_be_stopped", "select * from xmltable('//a[preceding::a]' passing x columns c int)"),
    ("cannot_be_stopped", "select strpos(repeat('a', 10000000), repeat('a', 5000000) || 'b')"),
    ("cannot_be_stopped", "select replace(repeat(repeat('ab', 1000), 1000), repeat('ba', 10000), 'b')"),
    ("cannot_be_stopped", "select position(x in x) from (select repeat('x', 1000 * 1000) as x) s"),
    ("cannot_be_stopped", "select repeat('a', 1000000) like repeat('%a', 100000)"),
    ("cannot_be_stopped", "select trim(lpad('', 1000000), rpad('', 1000000))"),
    ("cannot_be_stopped", "select array_fill(1, array[300000]) @> array_fill(2, array[300000])"),
    ("cannot_be_stopped", "select array_agg(n) <@ array_agg(-n) from generate_series(1, 1000000) n"),
    (
        "cannot_be_stopped",
        "select split_part(string_agg('a', ''), string_agg('b', ''), 2) from generate_series(1, 1000) a, generate_series(1, 1000) b",
    ),
    // Text that planning grows.
    (
        "too_large_when_expanded",
        "with a as not materialized (select 1 from t, t u, t v, t w, t x, t y), \
         b as not materialized (select 1 from a, a c, a d, a e, a f, a g), \
         c as not materialized (select 1 from b, b c, b d, b e, b f, b g) select 1 from c, c d, c e, c f, c g",
    ),
    // Text that no parser should have to trust.
    ("nul_byte", "select 1\0; drop table t"),
    ("syntax_error", "select from where"),
    ("syntax_error", "(delete from t)"),
    ("data_modifying_cte", "explain (delete from t)"),
    ("syntax_error", "select (select 1"),
    ("syntax_error", "select 1)"),
    ("parameter_style", "select :name"),
    ("syntax_error", "select * from t where a = ?"),
    ("statement_kind", "selec 1, show all"),
    ("parameter_number", "select $65536"),
    ("parameter_number", "select $0"),
];

/// The rules that the table proves.
pub(super) fn rules() -> impl Iterator<Item = &'static str> {
    HOSTILE.iter().map(|(rule, _)| *rule)
}

#[test]
fn hostile_statements_are_refused_by_their_rule() {
    let wrong: Vec<String> = HOSTILE
        .iter()
        .filter_map(|(rule, sql)| match admit(sql) {
            Ok(_) => Some(format!("ADMITTED {sql}")),
            Err(refusal) if refusal.rule == *rule => None,
            Err(refusal) => Some(format!("{} instead of {rule}: {sql}: {refusal}", refusal.rule)),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(HOSTILE.len() >= 180);
}

/// A chain of common table expressions that each read the one before twice.
fn doubling(keeping: &str, first: &str) -> String {
    let chain: Vec<String> =
        (1..25).map(|at| format!("c{at} as {keeping} (select 1 from c{0} a, c{0} b)", at - 1)).collect();
    format!("with c0 as {keeping} ({first}), {} select count(*) from c24", chain.join(", "))
}

#[test]
fn bombs_are_refused_and_end_nothing() {
    let bombs: Vec<(&str, String)> = vec![
        ("too_deep", format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000))),
        ("too_deep", format!("select {}1{}", "[".repeat(201), "]".repeat(201))),
        ("too_deep", format!("select {}1 end", "case when true then ".repeat(300))),
        ("too_deep", format!("select 1 {}{}", "/*".repeat(33), "*/".repeat(33))),
        ("too_deep", format!("select {}1{}", "(select ".repeat(1_000), ")".repeat(1_000))),
        ("too_long", format!("select '{}'", "x".repeat(70_000))),
        ("too_long", format!("select {}1", "1,".repeat(20_000))),
        ("too_many_operators", format!("select 1{}", "+1".repeat(15_000))),
        ("too_many_operators", format!("select 1{}", "::int".repeat(5_000))),
        ("too_many_operators", format!("select true{}", " and true".repeat(5_000))),
        ("too_many_operators", format!("select {}true", "not ".repeat(10_000))),
        ("too_many_operators", format!("select {}1", "- ".repeat(10_000))),
        ("too_many_operators", format!("select 1{}", " union all select 1".repeat(3_000))),
        ("too_many_operators", format!("select * from t{}", " cross join t".repeat(3_000))),
        ("too_many_operators", format!("select a{}", ".a".repeat(5_000))),
        ("too_many_operators", format!("select a{}", "[1]".repeat(5_000))),
        ("too_many_operators", format!("select a{}", " collate \"C\"".repeat(3_000))),
        ("too_many_operators", format!("select 1{}", " is null".repeat(5_000))),
        ("too_many_operators", format!("select now(){}", " at local".repeat(5_000))),
        ("too_many_operators", format!("select {}1{}", "1+2+3+4+5+6+(".repeat(190), ")".repeat(190))),
        ("too_many_operators", format!("select a, b from t{}", " union select c, d from t".repeat(1_001))),
        ("too_many_operators", format!("select f({}1), 2", "a, 1) + f(".repeat(1_001))),
        ("too_large_when_expanded", format!("select 1 from {}", vec!["t"; 1_001].join(","))),
        ("too_large_when_expanded", doubling("not materialized ", "select 1 as x from pg_class limit 1")),
        ("too_large_when_expanded", doubling("NOT/**/Materialized", "values (1)")),
        ("too_large_when_expanded", format!("select ({})", doubling("not materialized", "select 1"))),
        (
            "too_large_when_expanded",
            format!("with recursive z as ({}) table z", doubling("not materialized", "table t")),
        ),
        (
            "not_read_only",
            format!("create function f() returns int language sql as $$ select {} $$", "(".repeat(60_000)),
        ),
    ];
    for (rule, bomb) in bombs {
        let start: String = bomb.chars().take(40).collect();
        assert_eq!(admit(&bomb).map_err(|refusal| refusal.rule), Err(rule), "{start}");
    }
}

/// The bounds themselves must be safe to parse: just under each, nothing ends the process.
#[test]
fn text_just_within_the_bounds_is_read() {
    let within = [
        format!("select {}1{}", "(".repeat(200), ")".repeat(200)),
        format!("select 1{}", "+1".repeat(1_000)),
        format!("select {}true", "not ".repeat(1_000)),
        format!("select 1{}", " union all select 1".repeat(900)),
        format!("select 1{}", "::int".repeat(1_000)),
        format!("select 1 in ({}1)", "1,".repeat(14_000)),
        format!("select 1 {}{}", "/*".repeat(32), "*/".repeat(32)),
        format!("select {}1{}", "case when true then ".repeat(200), " end".repeat(200)),
    ];
    let within = within.into_iter().chain([
        format!("select {}1", "count(*) filter (where a is null) + 0,".repeat(1_650)),
        doubling("", "select 1 from pg_class"),
        doubling("materialized", "select 1 from pg_class"),
        format!("select 1 from {}", vec!["t"; 1_000].join(",")),
    ]);
    for sql in within {
        let start: String = sql.chars().take(40).collect();
        assert!(admit(&sql).is_ok(), "{start}: {:?}", admit(&sql));
    }
}

#[test]
fn what_other_databases_write_gets_postgresqls_word_for_it() {
    for (sql, message, allowed) in [
        ("show tables", "SHOW TABLES is not PostgreSQL's", "describe_schema"),
        ("describe orders", "describe is a command of a client", "SELECT"),
        ("select `id` from orders", "backticks", "double quotes"),
        ("select 1 from t limit 10, 20", "LIMIT a, b is MySQL's", "limit b offset a"),
    ] {
        let refusal = admit(sql).unwrap_err();
        assert!(refusal.message.contains(message), "{sql}: {refusal}");
        assert!(refusal.allowed.contains(allowed), "{sql}: {}", refusal.allowed);
    }
}

#[test]
fn a_refusal_says_where_and_what_instead() {
    let refusal = admit("select *\nfrom t\n  for update").unwrap_err();
    assert_eq!((refusal.line, refusal.column), (3, 3));
    assert_eq!(refusal.excerpt, "for update");
    assert_eq!(refusal.allowed, "the same query without the locking clause");
    assert_eq!(
        refusal.to_string(),
        "FOR UPDATE and FOR SHARE lock rows, which is a write (line 3, column 3)"
    );

    let escaped = admit("drop\u{1b}[2J\u{202e} table t").unwrap_err();
    assert_eq!(escaped.excerpt, "drop\\u{1b}[2J\\u{202e} table t");
}

/// Every refused name, in every way to call it, and whatever comes before.
#[test]
fn no_refused_function_can_be_called() {
    for (name, group) in builtin::refused() {
        let quoted = quote_identifier(name);
        for sql in [
            format!("select {quoted}(1)"),
            format!("select * from pg_catalog.{quoted}()"),
            format!("select 1 from t, lateral rows from ({quoted}(t.a)) x"),
            format!("explain select {}(1)", quoted.to_uppercase()),
        ] {
            // Folding makes another name of those that are not in lower case.
            if sql.starts_with("explain") && name != name.to_lowercase() {
                continue;
            }
            let sql = sql.replace(&format!("\"{}\"", name.to_uppercase()), &quoted);
            assert_eq!(admit(&sql).map_err(|refusal| refusal.rule), Err("function"), "{sql} ({})", group.id);
        }
    }
}

#[test]
fn every_allowed_function_can_be_called() {
    for name in builtin::allowed() {
        let sql = format!("select pg_catalog.{}('work_mem', 'date')", quote_identifier(name));
        assert!(admit(&sql).is_ok(), "{:?}", admit(&sql));
    }
}

#[test]
fn a_refused_function_says_why_and_what_instead() {
    let refusal = admit("select a,\n       pg_sleep(1) from t").unwrap_err();
    assert_eq!((refusal.rule, refusal.line, refusal.column), ("function", 2, 8));
    assert_eq!(refusal.message, "pg_sleep() may not be called: it waits");
    assert_eq!(refusal.allowed, "the same query without the wait");
    let refusal = admit("select most_common_vals from pg_stats").unwrap_err();
    assert_eq!((refusal.rule, refusal.column), ("relation", 8));
    assert!(refusal.allowed.contains("table_stats"));
}
