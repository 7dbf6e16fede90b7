-- Foreign keys that these relations ($1) hold. A key to a partitioned table has a constraint of its own for each
-- partition too: those say nothing by themselves, and are left out; a key that a partition inherits stays.
-- PostgreSQL 13-18.
select k.conrelid as "table",
       k.conname::text as name,
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
           order by part.position
       ) as columns,
       n.nspname::text as referenced_schema,
       c.relname::text as referenced_name,
       array(
           select a.attname::text
           from unnest(k.confkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = part.number
           order by part.position
       ) as referenced_columns,
       k.convalidated as validated
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.confrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f'
  and k.conrelid = any ($1::oid[])
  and not exists (
      select
      from pg_catalog.pg_constraint whole
      where whole.oid = k.conparentid and whole.conrelid = k.conrelid
  )
order by k.conrelid, k.conname
