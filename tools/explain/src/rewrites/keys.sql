-- Sets of columns of these relations ($1) that no two rows share: unique indexes that are valid, whole, immediate, on plain columns
-- with the types' own equality. PostgreSQL 13-18.
select i.indrelid as relation, part.columns
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'btree'
cross join lateral (
    select array_agg(a.attname::text order by position) as columns,
           bool_and(a.attnum is not null and o.opcdefault and i.indcollation[position - 1] = a.attcollation) as plain
    from generate_series(1, i.indnkeyatts) as position
    left join pg_catalog.pg_attribute a
        on a.attrelid = i.indrelid and a.attnum = i.indkey[position - 1] and a.attnum > 0
    left join pg_catalog.pg_opclass o on o.oid = i.indclass[position - 1]
) part
where i.indrelid = any ($1::oid[])
  and i.indisunique
  and i.indisvalid
  and i.indisready
  and i.indislive
  and i.indimmediate
  and i.indpred is null
  and part.plain
