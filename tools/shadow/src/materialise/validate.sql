-- Takes these constraints ($1, JSON) as checked, which they are where they come from. On the shadow only. PostgreSQL 13-18.
update pg_catalog.pg_constraint k
set convalidated = true
from pg_catalog.jsonb_to_recordset($1::text::jsonb) as given (schema text, name text, "constraint" text)
join pg_catalog.pg_namespace n on n.nspname = given.schema
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = given.name
where k.conrelid = c.oid
  and k.conname = given."constraint"
