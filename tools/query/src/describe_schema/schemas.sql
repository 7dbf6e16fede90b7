-- Names of the schemas there are. PostgreSQL 13-18.
select n.nspname::text as name
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_(toast_)?temp_'
order by 1
