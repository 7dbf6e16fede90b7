-- Foreign keys on these relations ($1) and to them, and whether a complete index leads with the columns that refer, in any
-- order. PostgreSQL 13-18.
select k.conname::text as name,
       n.nspname::text as schema,
       c.relname::text as "table",
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
           order by part.position
       ) as columns,
       r.relname::text as referenced,
       exists (
           select
           from pg_catalog.pg_index i
           cross join lateral (
               select (i.indkey::int2[])[0:pg_catalog.array_length(k.conkey, 1) - 1] as leading
           ) keys
           where i.indrelid = k.conrelid
             and i.indisvalid
             and i.indpred is null
             and keys.leading @> k.conkey
             and keys.leading <@ k.conkey
       ) as indexed
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class r on r.oid = k.confrelid
where k.contype = 'f' and (k.conrelid = any ($1::oid[]) or k.confrelid = any ($1::oid[]))
order by schema, "table", name
