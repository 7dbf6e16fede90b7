-- Functions outside pg_catalog with these names ($1) that are found without a schema, or lie in one of those named ($2). Of several
-- under one name the most harmless promises count. PostgreSQL 13-18.
select n.nspname::text as schema,
       p.proname::text as name,
       min(l.lanname::text) as language,
       min(p.provolatile::text) as volatility,
       pg_catalog.bool_and(p.proparallel = 'u') as parallel_unsafe
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where p.proname = any ($1::text[])
  and n.nspname not in ('pg_catalog', 'information_schema')
  and (n.nspname = any ($2::text[]) or pg_catalog.pg_function_is_visible(p.oid))
group by n.nspname, p.proname
order by schema, name
