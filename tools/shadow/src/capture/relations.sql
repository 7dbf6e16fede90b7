-- These relations ($1), parents before children. PostgreSQL 13-18.
with recursive depth (oid, level) as (
    select unnest($1::oid[]), 0
    union
    select h.inhrelid, depth.level + 1
    from depth
    join pg_catalog.pg_inherits h on h.inhparent = depth.oid
    where h.inhrelid = any ($1::oid[])
)
select c.oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       case when c.relkind in ('r', 'm') then coalesce(pg_catalog.pg_relation_size(c.oid), 0) / 8192 else 0 end as blocks,
       c.relpages,
       c.reltuples,
       c.relallvisible,
       coalesce(c.reloptions, '{}')::text[] as options,
       case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
       array(
           select pn.nspname::text
           from pg_catalog.pg_inherits h
           join pg_catalog.pg_class p on p.oid = h.inhparent
           join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
           where h.inhrelid = c.oid
           order by h.inhseqno
       ) as parent_schemas,
       array(
           select p.relname::text
           from pg_catalog.pg_inherits h
           join pg_catalog.pg_class p on p.oid = h.inhparent
           where h.inhrelid = c.oid
           order by h.inhseqno
       ) as parent_names,
       case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as query,
       pg_catalog.row_security_active(c.oid) as row_security,
       pg_catalog.has_any_column_privilege(c.oid, 'select') as readable,
       coalesce(w.n_tup_ins, 0) as inserted,
       coalesce(w.n_tup_upd, 0) as updated,
       coalesce(w.n_tup_hot_upd, 0) as hot,
       coalesce(w.n_tup_del, 0) as deleted
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join (select oid, max(level) as level from depth group by oid) d on d.oid = c.oid
left join pg_catalog.pg_stat_all_tables w on w.relid = c.oid
order by d.level, c.oid
