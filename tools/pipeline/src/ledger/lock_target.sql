-- Lets one load at a time into table $1, until the transaction ends. PostgreSQL 13-18.
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pgwright load ' || $1::text, 0))
