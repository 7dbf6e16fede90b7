-- Functions by the names that a statement calls them ($1 schemas or null, $2 names), by the worst of their overloads that such a
-- name may reach. PostgreSQL 13-18.
select wanted.schema,
       wanted.name,
       bool_or(p.provolatile = 'v') as volatile,
       bool_and(p.provolatile = 'i') as immutable,
       bool_or(p.prokind <> 'f' or p.proretset) as unusual,
       bool_and(n.nspname = 'pg_catalog') as built_in
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_proc p on p.proname = wanted.name
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = wanted.schema
   or (wanted.schema is null and n.nspname = any (pg_catalog.current_schemas(true)))
group by wanted.schema, wanted.name
