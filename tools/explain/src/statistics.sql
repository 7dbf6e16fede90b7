-- What ANALYZE and the activity counters know of these relations ($1) as a whole: the average width of a row, where every
-- column has statistics that may be read; whether any has; dead rows; rows ever inserted, and ever updated or deleted; how
-- many times its size when it was analysed it has now; the columns of extended statistics. PostgreSQL 13-18.
select c.oid as "table",
       case when width.known = width.columns then width.bytes end as row_bytes,
       case
           when width.known > 0 then true
           when pg_catalog.has_table_privilege(c.oid, 'select') and not pg_catalog.row_security_active(c.oid) then false
       end as analyzed,
       pg_catalog.pg_stat_get_dead_tuples(c.oid)::float8 as dead_rows,
       pg_catalog.pg_stat_get_tuples_inserted(c.oid)::float8 as inserted_rows,
       (pg_catalog.pg_stat_get_tuples_updated(c.oid) + pg_catalog.pg_stat_get_tuples_deleted(c.oid))::float8 as rewritten_rows,
       case
           when c.relpages > 0 and c.relkind <> 'p' then
               pg_catalog.pg_relation_size(c.oid)::float8
                   / (c.relpages::float8 * pg_catalog.current_setting('block_size')::float8)
       end as grown_ratio,
       (
           select coalesce(pg_catalog.json_agg(covered.columns), '[]')::text
           from pg_catalog.pg_statistic_ext e
           cross join lateral (
               select pg_catalog.json_agg(a.attname) as columns
               from pg_catalog.pg_attribute a
               where a.attrelid = e.stxrelid and a.attnum = any (e.stxkeys)
           ) covered
           where e.stxrelid = c.oid and covered.columns is not null
       ) as extended
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select count(*) as columns, count(s.avg_width) as known, sum(s.avg_width)::float8 as bytes
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_stats s
        on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
        and s.inherited = (c.relkind = 'p')
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) width
where c.oid = any ($1::oid[]) and c.relkind in ('r', 'p', 'm')
