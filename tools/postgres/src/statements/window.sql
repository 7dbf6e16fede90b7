-- Since when pg_stat_statements counts, and how often it had to forget statements since. {{home}} is its schema; extension
-- 1.9 and newer (PostgreSQL 14-18).
select pg_catalog.to_char(i.stats_reset at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
       extract(epoch from pg_catalog.now() - i.stats_reset)::float8 as age_s,
       i.dealloc as evicted
from {{home}}.pg_stat_statements_info i
