-- These relations ($1) and what their plans are made from: what views show, parents, partitions and other children.
-- PostgreSQL 13-18.
with recursive needed (oid) as (
    select unnest($1::oid[])
    union
    select link.oid
    from needed
    cross join lateral (
        select d.refobjid
        from pg_catalog.pg_rewrite r
        join pg_catalog.pg_depend d
            on d.classid = 'pg_catalog.pg_rewrite'::regclass
            and d.objid = r.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass
        where r.ev_class = needed.oid
        union all
        select h.inhparent from pg_catalog.pg_inherits h where h.inhrelid = needed.oid
        union all
        select h.inhrelid from pg_catalog.pg_inherits h where h.inhparent = needed.oid
    ) link (oid)
)
select c.oid
from needed
join pg_catalog.pg_class c on c.oid = needed.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema')
order by c.oid
