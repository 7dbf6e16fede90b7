-- The server's version as a number, e.g. 150018. PostgreSQL 13-18.
select pg_catalog.current_setting('server_version_num')::int4
