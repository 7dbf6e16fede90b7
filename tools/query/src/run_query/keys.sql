-- The columns of a table ($1), each with its place in every key that tells all rows apart: the primary key, and then those
-- unique ones without NULLs, predicates and expressions. A table that others inherit from has none. Nothing at all where
-- a function of one of these names ($2) returns sets, so that a row may come several times. PostgreSQL 13-18.
with key as (
    select (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns,
           row_number() over (order by i.indisprimary desc, i.indnkeyatts, i.indexrelid) as rank
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indrelid
    where i.indrelid = $1
      and (c.relkind = 'p'
           or (c.relkind = 'r' and not exists (select from pg_catalog.pg_inherits h where h.inhparent = c.oid)))
      and i.indisunique
      and i.indisvalid
      and i.indpred is null
      and not exists (
          select
          from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) as part (number)
          left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = part.number and a.attnum > 0
          where a.attnotnull is not true
      )
)
select a.attname::text as name,
       a.attnum as number,
       a.attnotnull as not_null,
       array(select array_position(key.columns, a.attnum) from key order by key.rank) as places
from pg_catalog.pg_attribute a
where a.attrelid = $1
  and a.attnum > 0
  and not a.attisdropped
  and not exists (select from pg_catalog.pg_proc p where p.proretset and p.proname = any ($2::text[]))
order by a.attnum
