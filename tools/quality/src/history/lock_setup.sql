-- Keeps two processes from creating the state at the same time. PostgreSQL 13-18.
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pgwright state', 0))
