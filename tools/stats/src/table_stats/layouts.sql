-- How rows of these tables ($1) and of their partitions lie on the page, column by column, with the widths that ANALYZE
-- found; `complete` is false where the role may not read them or there are none. Heap only. PostgreSQL 13-18.
with recursive member (root, oid) as (
    select wanted.oid, wanted.oid
    from pg_catalog.unnest($1::oid[]) as wanted (oid)
    union all
    select member.root, i.inhrelid
    from member
    join pg_catalog.pg_inherits i on i.inhparent = member.oid
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
)
select member.root,
       c.reltuples::float8 as rows,
       c.relpages as pages,
       pg_catalog.current_setting('block_size')::int4 as block_size,
       coalesce(
           (select o.option_value::int4 from pg_catalog.pg_options_to_table(c.reloptions) o
            where o.option_name = 'fillfactor'),
           100
       ) as fillfactor,
       c.relnatts as attributes,
       m.amname = 'heap' and part.complete as complete,
       part.widths,
       part.null_ratios,
       part.alignments,
       part.fixed
from member
join pg_catalog.pg_class c on c.oid = member.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am m on m.oid = c.relam
cross join lateral (
    select coalesce(pg_catalog.bool_and(s.attname is not null), true) as complete,
           coalesce(pg_catalog.array_agg(coalesce(s.avg_width, 0) order by a.attnum), '{}') as widths,
           coalesce(pg_catalog.array_agg(coalesce(s.null_frac, 0) order by a.attnum), '{}') as null_ratios,
           coalesce(pg_catalog.array_agg(
               case a.attalign when 'd' then 8 when 'i' then 4 when 's' then 2 else 1 end order by a.attnum
           ), '{}') as alignments,
           coalesce(pg_catalog.array_agg(a.attlen > 0 order by a.attnum), '{}') as fixed
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_stats s
        on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname and not s.inherited
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      -- A virtual generated column (18) is computed when read and takes no room.
      and a.attgenerated <> 'v'
) part
where c.relkind in ('r', 'm') and c.relpages > 0
