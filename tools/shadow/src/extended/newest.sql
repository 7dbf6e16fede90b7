-- The OID that every later object of CREATE STATISTICS is above. PostgreSQL 13-18.
select coalesce(max(oid), 0)::oid as newest from pg_catalog.pg_statistic_ext
