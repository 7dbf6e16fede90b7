-- What may have become of a column that the configuration names and that is not there: its table ($1 schema, $2 table)
-- with its columns, or else every table that has a column of that name ($3). PostgreSQL 13-18.
with named as (
    select c.oid
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')
)
select c.oid as relation, n.nspname::text as schema, c.relname::text as name, true as is_named,
       array(select a.attname::text from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
from named
join pg_catalog.pg_class c on c.oid = named.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
union all
select c.oid, n.nspname::text, c.relname::text, false, array[]::text[]
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = $3 and a.attnum > 0 and not a.attisdropped
where not exists (select from named)
  and c.relkind in ('r', 'p', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
