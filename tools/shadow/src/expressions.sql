-- Of these indexes ($1) those over one expression of one column: the expression, the column, its type. PostgreSQL 13-18.
select i.indexrelid as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       i.indrelid as relation,
       pg_catalog.pg_get_indexdef(i.indexrelid, 1, false) as expression,
       a.attname::text as "column",
       pg_catalog.format_type(a.atttypid, null) as type_name
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select min(d.refobjsubid) as number
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass
      and d.objid = i.indexrelid
      and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.refobjid = i.indrelid
      and d.refobjsubid > 0
    having count(distinct d.refobjsubid) = 1
) used
join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = used.number
where i.indexrelid = any ($1::oid[])
  and i.indnatts = 1
  and i.indkey[0] = 0
  and i.indpred is null
