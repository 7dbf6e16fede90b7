-- Where pg_stat_statements lives in this database, in which version, whether the server loaded it, and whether this role sees
-- the texts of others. One row; the extension's columns are null where it is not installed. PostgreSQL 13-18.
select n.nspname::text as home,
       e.extversion as version,
       pg_catalog.has_schema_privilege(n.oid, 'usage')
           and coalesce(pg_catalog.has_table_privilege(v.oid, 'select'), false) as readable,
       exists (select from pg_catalog.pg_settings s where s.name = 'pg_stat_statements.max') as loaded,
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as sees_all,
       info.oid is not null as has_info,
       d.oid as "database",
       d.datname::text as database_name
from pg_catalog.pg_database d
left join pg_catalog.pg_extension e on e.extname = 'pg_stat_statements'
left join pg_catalog.pg_namespace n on n.oid = e.extnamespace
left join pg_catalog.pg_class v on v.relnamespace = n.oid and v.relname = 'pg_stat_statements'
left join pg_catalog.pg_class info on info.relnamespace = n.oid and info.relname = 'pg_stat_statements_info'
where d.datname = pg_catalog.current_database()
