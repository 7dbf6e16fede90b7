-- The table of extended statistics ($1, schema; $2, name) and their expressions, in order. PostgreSQL 14-18.
select x.oid,
       n.nspname::text as schema,
       c.relname::text as "table",
       coalesce(pg_catalog.pg_get_statisticsobjdef_expressions(x.oid), '{}') as expressions
from pg_catalog.pg_statistic_ext x
join pg_catalog.pg_namespace own on own.oid = x.stxnamespace
join pg_catalog.pg_class c on c.oid = x.stxrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where own.nspname = $1
  and x.stxname = $2
