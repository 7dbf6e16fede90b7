-- Where a role's or database's search path names pg_catalog, it comes first all the same: pgwright's own statements, and its
-- judgement of callers', mean what is built in by the names of what is built in. PostgreSQL 13-18.
select pg_catalog.set_config(
    'search_path', 'pg_catalog, ' operator(pg_catalog.||) pg_catalog.current_setting('search_path'), true
)
where pg_catalog.current_setting('search_path') operator(pg_catalog.~) 'pg_catalog'
