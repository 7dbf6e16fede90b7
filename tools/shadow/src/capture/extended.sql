-- Extended statistics of these relations ($1). PostgreSQL 13-18.
select x.oid,
       n.nspname::text as schema,
       x.stxname::text as name,
       x.stxrelid as relation,
       pg_catalog.pg_get_statisticsobjdef(x.oid) as definition
from pg_catalog.pg_statistic_ext x
join pg_catalog.pg_namespace n on n.oid = x.stxnamespace
where x.stxrelid = any ($1::oid[])
order by x.oid
