
-- Statistics of all sessions and statements: pg_read_all_stats, not pg_monitor, which also reads every setting and scans
-- tables. This role inherits, so that the membership works by itself; it is a member of nothing else.
--
-- It was granted SELECT above because PostgreSQL asks for it before it shows a column's statistics (pg_stats) or plans a
-- query (EXPLAIN). pgwright's policy keeps rows out of answers: read_catalog, the default in production. To keep them out
-- in PostgreSQL too, revoke SELECT from {{role}}: sizes, counters and use of indexes still answer, plans no longer.
do $pgwright$
declare
    home name;
begin
    begin
        grant pg_read_all_stats to {{role}};
    exception when insufficient_privilege then
        raise notice 'you may not grant pg_read_all_stats: what other sessions run stays hidden from %', {{role_text}};
    end;
    select n.nspname into home
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements';
    if home is null then
        raise notice 'pg_stat_statements is not installed here: top queries cannot be told without it';
        return;
    end if;
    execute pg_catalog.format('grant usage on schema %I to %I', home, {{role_text}});
    execute pg_catalog.format('grant select on %I.pg_stat_statements to %I', home, {{role_text}});
exception when insufficient_privilege then
    raise notice 'you may not grant pg_stat_statements: % sees it as far as PUBLIC does', {{role_text}};
end
$pgwright$;
