-- Names of all relations in the schemas of these tables ($1): an index needs another. PostgreSQL 13-18.
select c.relname::text as name
from pg_catalog.pg_class c
where c.relnamespace in (select t.relnamespace from pg_catalog.pg_class t where t.oid = any ($1::oid[]))
