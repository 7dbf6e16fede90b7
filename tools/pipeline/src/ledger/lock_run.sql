-- Holds run $1 for this session, so that others can tell a live run from a dead one. PostgreSQL 13-18.
select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('pgwright run ' || $1::uuid::text, 0))
