-- Since when this database counts what its indexes are used for. PostgreSQL 13-18.
select to_char(d.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as since
from pg_catalog.pg_stat_database d
where d.datname = pg_catalog.current_database()
