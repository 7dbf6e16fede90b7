-- The text and the figures of one statement ($2, its queryid) of this database ($1), summed over roles. {{home}} is the
-- extension's schema; extension 1.8 and newer (PostgreSQL 13-18).
select min(s.query) as query, sum(s.calls)::int8 as calls, sum(s.total_exec_time) as total_ms, max(s.max_exec_time) as max_ms
from {{home}}.pg_stat_statements s
where s.dbid = $1 and s.queryid = $2
having count(*) > 0
