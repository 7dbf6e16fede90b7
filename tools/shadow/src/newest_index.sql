-- The OID that every later index is above. PostgreSQL 13-18.
select coalesce(max(indexrelid), 0)::oid as newest from pg_catalog.pg_index
