-- Size, counters and upkeep of one relation ($1) or of every table of a schema ($2) or of the database (both null), with
-- partitions folded into the table that was asked for. A relation under ACCESS EXCLUSIVE lock, held or awaited, is
-- sized by what the last VACUUM or ANALYZE noted, since measuring it would wait for the lock. PostgreSQL 13-18.
with recursive member (root, oid) as (
    select c.oid, c.oid
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = $1
       or ($1 is null
           and c.relkind in ('r', 'p', 'm')
           and not c.relispartition
           and n.nspname !~ '^pg_(toast_)?temp_'
           and (n.nspname = $2
                or ($2 is null and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast'))))
    union all
    select member.root, i.inhrelid
    from member
    join pg_catalog.pg_inherits i on i.inhparent = member.oid
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
),
locked as materialized (
    select distinct coalesce(t.oid, i.indrelid, l.relation) as oid
    from pg_catalog.pg_locks l
    join pg_catalog.pg_database d on d.oid = l.database and d.datname = pg_catalog.current_database()
    left join pg_catalog.pg_index i on i.indexrelid = l.relation
    left join pg_catalog.pg_class t on t.reltoastrelid = coalesce(i.indrelid, l.relation)
    where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid()
),
leaf as (
    select member.root,
           c.relkind,
           c.relpages,
           c.reltuples,
           size.*,
           locked.oid is not null as is_locked,
           s.*
    from member
    join pg_catalog.pg_class c on c.oid = member.oid
    left join locked on locked.oid = c.oid
    left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
    left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid
    cross join (select pg_catalog.current_setting('block_size')::int8 as block_size) setting
    cross join lateral (
        select case when locked.oid is null then pg_catalog.pg_relation_size(c.oid)
                    else c.relpages * block_size end as heap_bytes,
               case when locked.oid is null then pg_catalog.pg_indexes_size(c.oid)
                    else (select coalesce(pg_catalog.sum(x.relpages), 0) * block_size
                          from pg_catalog.pg_index i
                          join pg_catalog.pg_class x on x.oid = i.indexrelid
                          where i.indrelid = c.oid) end as index_bytes,
               case when toast.oid is null then 0
                    when locked.oid is null then pg_catalog.pg_total_relation_size(toast.oid)
                    else toast.relpages * block_size end as toast_bytes,
               case when locked.oid is null then pg_catalog.pg_table_size(c.oid) end as table_bytes,
               block_size
    ) size
    where c.relkind in ('r', 'm')
),
folded as (
    select leaf.root,
           pg_catalog.count(*) as leaves,
           pg_catalog.bool_or(is_locked) as sizes_estimated,
           pg_catalog.sum(heap_bytes)::int8 as heap_bytes,
           pg_catalog.sum(index_bytes)::int8 as index_bytes,
           pg_catalog.sum(toast_bytes)::int8 as toast_bytes,
           pg_catalog.sum(coalesce(table_bytes, heap_bytes + toast_bytes) + index_bytes)::int8 as total_bytes,
           -- What measures no bytes has no rows to be unsure of, statistics or not.
           case when pg_catalog.bool_and((heap_bytes = 0 and not is_locked)
                                         or reltuples > 0 or (reltuples = 0 and relpages > 0))
                then pg_catalog.sum(
                    case when heap_bytes = 0 then 0
                         when relpages > 0 then reltuples / relpages * (heap_bytes / block_size)
                         else reltuples end)
           end::float8 as estimated_rows,
           pg_catalog.sum(n_live_tup)::int8 as live_rows,
           pg_catalog.sum(n_dead_tup)::int8 as dead_rows,
           pg_catalog.sum(n_mod_since_analyze)::int8 as modified_rows,
           pg_catalog.sum(seq_scan)::int8 as seq_scans,
           pg_catalog.sum(idx_scan)::int8 as index_scans,
           pg_catalog.sum(n_tup_ins)::int8 as inserted_rows,
           pg_catalog.sum(n_tup_upd)::int8 as updated_rows,
           pg_catalog.sum(n_tup_hot_upd)::int8 as hot_updated_rows,
           pg_catalog.sum(n_tup_del)::int8 as deleted_rows,
           -- Of several partitions the one that waits longest counts; never beats long ago.
           case when pg_catalog.bool_and(heap_bytes = 0 or coalesce(last_vacuum, last_autovacuum) is not null)
                then pg_catalog.min(greatest(last_vacuum, last_autovacuum)) end as vacuumed,
           case when pg_catalog.bool_and(heap_bytes = 0 or coalesce(last_analyze, last_autoanalyze) is not null)
                then pg_catalog.min(greatest(last_analyze, last_autoanalyze)) end as analysed
    from leaf
    group by leaf.root
)
select c.oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       c.relispartition as is_partition,
       coalesce(folded.leaves, 0) as leaves,
       coalesce(folded.sizes_estimated, false) as sizes_estimated,
       folded.heap_bytes,
       folded.index_bytes,
       folded.toast_bytes,
       folded.total_bytes,
       folded.estimated_rows,
       folded.live_rows,
       folded.dead_rows,
       folded.modified_rows,
       folded.seq_scans,
       folded.index_scans,
       folded.inserted_rows,
       folded.updated_rows,
       folded.hot_updated_rows,
       folded.deleted_rows,
       pg_catalog.to_char(folded.vacuumed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_vacuum,
       pg_catalog.to_char(folded.analysed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_analyze,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - folded.vacuumed) as vacuum_age_s,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - folded.analysed) as analyze_age_s,
       pg_catalog.to_char(d.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as counters_since
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join folded on folded.root = c.oid
left join pg_catalog.pg_stat_database d on d.datname = pg_catalog.current_database()
where c.oid in (select member.root from member)
order by schema, name
