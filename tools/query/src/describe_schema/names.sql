-- Names of all tables and of their columns outside of the system's schemas and pgwright's own. PostgreSQL 13-18.
select n.nspname::text as schema, c.relname::text as name, a.attname::text as "column"
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pgwright')
  and n.nspname !~ '^pg_(toast_)?temp_'
order by 1, 2, a.attnum
