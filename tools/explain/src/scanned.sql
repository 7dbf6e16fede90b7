-- The relations of a plan, by schema ($1) and name ($2) side by side; without a schema, what the search path finds.
-- PostgreSQL 13-18.
select distinct c.oid
from unnest($1::text[], $2::text[]) as scanned (schema, name)
join pg_catalog.pg_class c on c.relname = scanned.name and c.relkind in ('r', 'p', 'm', 'f')
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = scanned.schema
   or (scanned.schema = 'pg_temp' and n.oid = pg_catalog.pg_my_temp_schema())
   or (scanned.schema is null and pg_catalog.pg_table_is_visible(c.oid))
