-- Writes sizes ($1, JSON) of relations and indexes into pg_class, as a superuser may. On the shadow only. PostgreSQL 13-18.
update pg_catalog.pg_class c
set relpages = given.relpages, reltuples = given.reltuples, relallvisible = given.relallvisible
from pg_catalog.jsonb_to_recordset($1::text::jsonb)
         as given (schema text, name text, relpages int4, reltuples float4, relallvisible int4)
join pg_catalog.pg_namespace n on n.nspname = given.schema
where c.relnamespace = n.oid
  and c.relname = given.name
