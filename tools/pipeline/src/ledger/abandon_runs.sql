-- Marks runs of pipeline $1 whose process is gone: their lock is free. PostgreSQL 13-18.
with dead as materialized (
    select id
    from pgwright.runs
    where pipeline = $1 and status = 'running' and id <> $2
)
update pgwright.runs
set status = 'abandoned', finished_at = clock_timestamp()
from dead
where runs.id = dead.id
  and pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('pgwright run ' || dead.id::text, 0))
