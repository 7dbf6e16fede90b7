-- Foreign keys of others that point to a relation ($1). A partition's part of its table's key is left out.
-- PostgreSQL 13-18.
select n.nspname::text as schema,
       c.relname::text as name,
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
           order by part.position
       ) as columns,
       array(
           select a.attname::text
           from unnest(k.confkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = part.number
           order by part.position
       ) as referenced_columns
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f'
  and k.confrelid = $1
  and k.conparentid = 0
order by 1, 2, k.conname
