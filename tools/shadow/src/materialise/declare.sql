-- Declares columns NOT NULL ($1, JSON) that hold what stands in for unknown values, without a look at them. On the shadow
-- only. PostgreSQL 13-18.
update pg_catalog.pg_attribute a
set attnotnull = true
from pg_catalog.jsonb_to_recordset($1::text::jsonb) as given (schema text, name text, "column" text)
join pg_catalog.pg_namespace n on n.nspname = given.schema
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = given.name
where a.attrelid = c.oid
  and a.attname = given."column"
