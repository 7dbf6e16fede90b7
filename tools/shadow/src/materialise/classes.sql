-- The tables and indexes that were made here, each with its file below the data directory. PostgreSQL 13-18.
select c.oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       coalesce(m.amname::text, '') as method,
       pg_catalog.pg_relation_filepath(c.oid) as path
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_am m on m.oid = c.relam
where c.oid >= 16384
  and c.relkind in ('r', 'p', 'v', 'm', 'i', 'I')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
