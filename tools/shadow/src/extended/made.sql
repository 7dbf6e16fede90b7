-- The objects of CREATE STATISTICS that are newer than $1, with their tables and columns. PostgreSQL 13-18.
select x.stxrelid as relation,
       n.nspname::text as schema,
       x.stxname::text as name,
       array(
           select a.attname::text
           from unnest(x.stxkeys::int2[]) with ordinality key (number, place)
           join pg_catalog.pg_attribute a on a.attrelid = x.stxrelid and a.attnum = key.number
           order by key.place
       ) as columns,
       array(select key.number from unnest(x.stxkeys::int2[]) with ordinality key (number, place) order by key.place) as numbers,
       x.stxkind::text[] as kinds
from pg_catalog.pg_statistic_ext x
join pg_catalog.pg_namespace n on n.oid = x.stxnamespace
where x.oid > $1
order by x.oid
