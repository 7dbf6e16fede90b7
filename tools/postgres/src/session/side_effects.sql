-- Of the functions that a statement names ($1 schemas, $2 names), those that are volatile and not in $3.
-- An unqualified name counts for every function that the search path would let it reach. PostgreSQL 13-18.
select n.nspname || '.' || p.proname
from unnest($1::text[], $2::text[]) as used (schema, name)
join pg_catalog.pg_proc p on p.proname = used.name
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where (n.nspname = used.schema or (used.schema is null and pg_catalog.pg_function_is_visible(p.oid)))
  and p.provolatile = 'v'
  and not (n.nspname = 'pg_catalog' and p.proname = any ($3::text[]))
order by 1
limit 1
