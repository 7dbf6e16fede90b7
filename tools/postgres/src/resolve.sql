-- Relations of that name ($2), in that schema ($1) or, where none is given, anywhere but in the system's schemas.
-- PostgreSQL 13-18.
select c.oid, n.nspname::text as schema, c.relname::text as name, pg_catalog.pg_table_is_visible(c.oid) as visible
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relname = $2
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and (n.nspname = $1
       or ($1 is null and (pg_catalog.pg_table_is_visible(c.oid)
                           or (n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
                               and n.nspname !~ '^pg_(toast_)?temp_'))))
order by visible desc, schema
