-- Indexes of these relations ($1), their parts in order (key first, then INCLUDE). PostgreSQL 13-18.
select i.indrelid as "table",
       i.indexrelid as oid,
       c.relname::text as name,
       m.amname::text as method,
       i.indisunique as is_unique,
       i.indisprimary as is_primary,
       i.indisvalid and i.indisready as is_valid,
       exists (
           select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
       ) as owned_by_constraint,
       -- Logical replication, a foreign key that points here, or the index of the whole partitioned table needs it.
       i.indisreplident
           or exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
           or exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid) as pinned,
       i.indnkeyatts as key_count,
       part.parts,
       part.plain,
       part.options,
       part.default_classes,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) as predicate,
       pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
       -- That of a partitioned table is the sum of its partitions'.
       coalesce(
           case when c.relkind = 'I' then (
               select sum(pg_catalog.pg_relation_size(tree.relid))::int8
               from pg_catalog.pg_partition_tree(i.indexrelid) tree
               where tree.isleaf
           ) else pg_catalog.pg_relation_size(i.indexrelid) end,
           0
       ) as size_bytes,
       coalesce(s.idx_scan, 0) as scans
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = c.relam
left join pg_catalog.pg_stat_all_indexes s on s.indexrelid = i.indexrelid
cross join lateral (
    select array_agg(
               coalesce(a.attname::text, pg_catalog.pg_get_indexdef(i.indexrelid, position::int4, true))
               order by position
           ) as parts,
           array_agg(a.attname is not null order by position) as plain,
           array_agg(
               case when position <= i.indnkeyatts then i.indoption[position - 1] else 0 end::int2 order by position
           ) as options,
           -- An index in another collation than its column's serves other comparisons.
           array_agg(
               coalesce(o.opcdefault, true)
               and (position > i.indnkeyatts
                    or a.attnum is null
                    or i.indcollation[position - 1] in (0, a.attcollation))
               order by position
           ) as default_classes
    from generate_series(1, i.indnatts) as position
    left join pg_catalog.pg_attribute a
        on a.attrelid = i.indrelid and a.attnum = i.indkey[position - 1] and a.attnum > 0
    left join pg_catalog.pg_opclass o
        on position <= i.indnkeyatts and o.oid = i.indclass[position - 1]
) part
where i.indrelid = any ($1::oid[])
  -- Null for an index that was dropped meanwhile.
  and pg_catalog.pg_get_indexdef(i.indexrelid) is not null
order by i.indrelid, i.indisprimary desc, c.relname
