-- What is committed, as a text that changes with every transaction that ends; nothing on a standby, whose snapshots do not
-- tell. PostgreSQL 13-18.
select case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_current_snapshot()::text end as snapshot
