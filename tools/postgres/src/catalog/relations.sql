-- The relations with these OIDs ($1): size today, rows as the planner scales them, freshness of statistics.
-- PostgreSQL 13-18 (reltuples is -1 from 14 on, and 0 with 0 pages before, when never analysed).
select c.oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       case
           when c.relkind not in ('r', 'm', 'p') or c.reltuples < 0 or (c.reltuples = 0 and c.relpages = 0) then null
           when c.relpages > 0 then c.reltuples / c.relpages * size.pages
           else c.reltuples
       end::float8 as estimated_rows,
       size.pages,
       s.n_mod_since_analyze as modified_since_analyze,
       pg_catalog.to_char(
           greatest(s.last_analyze, s.last_autoanalyze) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
       ) as last_analyze,
       c.relrowsecurity as row_security
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid
cross join lateral (
    select case
               when c.relkind in ('r', 'm')
                   then coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::int8
               -- ANALYZE leaves -1 on a partitioned table.
               else greatest(c.relpages, 0)::int8
           end as pages
) size
where c.oid = any ($1::oid[])
order by schema, name
