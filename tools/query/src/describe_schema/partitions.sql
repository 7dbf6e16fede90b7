-- Partitions of a table ($1) at the next level, with their bounds. PostgreSQL 13-18.
select n.nspname::text as schema,
       c.relname::text as name,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bounds
from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where i.inhparent = $1
order by c.relname
