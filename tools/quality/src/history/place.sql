-- Which database of which server this is, as far as any role may know. PostgreSQL 13-18.
select pg_catalog.concat_ws(
    ' ', d.datname, d.oid, pg_catalog.inet_server_addr(), pg_catalog.current_setting('port'),
    pg_catalog.current_setting('cluster_name'), pg_catalog.current_setting('server_version_num')::int / 10000
) as place
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
