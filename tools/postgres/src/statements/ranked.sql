-- What pg_stat_statements counted in this database ($1), a row a statement, summed over roles: the first $3 by the figure
-- named $2. Each row has the sums of its kind too, and the first row of every kind is there: statements that cannot be shown
-- are counted. {{home}} is the extension's schema; extension 1.8 and newer (PostgreSQL 13-18).
with counted as (
    select s.queryid,
           s.query,
           s.calls,
           s.total_exec_time,
           s.min_exec_time,
           s.max_exec_time,
           s.rows,
           s.plans,
           s.total_plan_time,
           s.shared_blks_hit,
           s.shared_blks_read,
           s.temp_blks_written,
           s.wal_bytes::float8 as wal_bytes,
           -- Columns that only some versions have, or call otherwise.
           pg_catalog.to_jsonb(s) as other
    from {{home}}.pg_stat_statements s
    where s.dbid = $1
), told as (
    select c.*,
           coalesce((c.other ->> 'toplevel')::bool, true) as top,
           coalesce(
               (c.other ->> 'shared_blk_read_time')::float8 + (c.other ->> 'shared_blk_write_time')::float8,
               (c.other ->> 'blk_read_time')::float8 + (c.other ->> 'blk_write_time')::float8
           ) as io_ms,
           case
               when c.queryid is null then 'hidden'
               when c.query is null then 'lost'
               when c.query !~* '^(?:\s|\(|--[^\n]*\n|/\*(?:[^*]|\*[^/])*\*/)*(?:select|insert|update|delete|merge|with|values|table)\M'
                   then 'utility'
               when c.query ~* '\m(?:(?:from|join)\s+(?:pg_catalog|information_schema)\.|pg_stat_statements)' then 'catalogue'
               else 'statement'
           end as kind
    from counted c
), summed as (
    select t.kind,
           t.queryid,
           min(t.query) as query,
           sum(t.calls)::int8 as calls,
           sum(t.total_exec_time) as total_ms,
           min(t.min_exec_time) as min_ms,
           max(t.max_exec_time) as max_ms,
           sum(t.rows)::int8 as rows,
           sum(t.plans)::int8 as plans,
           sum(t.total_plan_time) as planning_ms,
           sum(t.shared_blks_hit)::int8 as hit_pages,
           sum(t.shared_blks_read)::int8 as read_pages,
           sum(t.temp_blks_written)::int8 as temp_pages,
           sum(t.wal_bytes) as wal_bytes,
           sum(t.io_ms) as io_ms,
           coalesce(sum(t.total_exec_time) filter (where t.top), 0) as top_ms,
           count(*) as entries
    from told t
    group by t.kind, t.queryid
), placed as (
    select s.*,
           sum(s.top_ms) over (partition by s.kind) as kind_ms,
           sum(case when s.kind in ('hidden', 'lost') then s.entries else 1 end) over (partition by s.kind) as kind_count,
           pg_catalog.row_number() over (
               partition by s.kind
               order by case $2
                   when 'mean_ms' then s.total_ms / greatest(s.calls, 1)
                   when 'max_ms' then s.max_ms
                   when 'calls' then s.calls
                   when 'rows' then s.rows
                   when 'read_bytes' then s.read_pages
                   when 'temp_bytes' then s.temp_pages
                   when 'wal_bytes' then s.wal_bytes
                   else s.total_ms
               end desc nulls last, s.total_ms desc, s.queryid
           ) as place
    from summed s
)
select p.kind, p.queryid, p.query, p.calls, p.total_ms, p.min_ms, p.max_ms, p.rows, p.plans, p.planning_ms, p.io_ms, p.wal_bytes,
       p.kind_ms, p.kind_count::int8 as kind_count,
       p.hit_pages * page.bytes as hit_bytes, p.read_pages * page.bytes as read_bytes, p.temp_pages * page.bytes as temp_bytes
from placed p
cross join (select pg_catalog.current_setting('block_size')::int8 as bytes) page
where p.place <= case p.kind when 'statement' then $3 else 1 end
order by p.kind, p.place
