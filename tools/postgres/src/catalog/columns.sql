-- Columns of these relations ($1). Domains are resolved to their base type. PostgreSQL 13-18.
with recursive base (start_type, oid) as (
    select t.oid, t.oid
    from pg_catalog.pg_type t
    where t.oid in (select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = any ($1::oid[]))
    union all
    select base.start_type, t.typbasetype
    from base
    join pg_catalog.pg_type t on t.oid = base.oid
    where t.typtype = 'd'
)
select a.attrelid as "table",
       a.attname::text as name,
       a.attnum as number,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name,
       t.typname::text as base_type,
       t.typcategory::text as category,
       a.attnotnull as not_null,
       coalesce(
           (l.collname in ('C', 'POSIX') and l.collprovider = 'c')
           or (l.collname = 'default'
               and d.datcollate in ('C', 'POSIX')
               -- Databases have a provider of their own from 15 on.
               and coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') = 'c'),
           true
       ) as c_collation,
       -- A virtual column (18) cannot be indexed.
       a.attgenerated <> 'v' and exists (
           select
           from pg_catalog.pg_opclass o
           join pg_catalog.pg_am m on m.oid = o.opcmethod and m.amname = 'btree'
           where o.opcdefault
             and (o.opcintype = t.oid
                  or (t.typcategory = 'S' and o.opcintype = 25)
                  or (t.typtype = 'e' and o.opcintype = 3500)
                  or (t.typcategory = 'A' and o.opcintype = 2277)
                  or (t.typtype = 'r' and o.opcintype = 3831))
       ) as orderable,
       a.attgenerated <> '' as generated,
       a.atthasdef or a.attidentity <> '' as has_default,
       pg_catalog.col_description(a.attrelid, a.attnum) as comment
from pg_catalog.pg_attribute a
join base on base.start_type = a.atttypid
join pg_catalog.pg_type t on t.oid = base.oid and t.typtype <> 'd'
join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
left join pg_catalog.pg_collation l on l.oid = a.attcollation
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
