-- What the server and the database say of themselves. The provider of a database's collation is known from 15 on, its
-- locale under a name that changed in 17. PostgreSQL 13-18.
select pg_catalog.current_setting('server_version_num')::int4 as version,
       pg_catalog.current_setting('block_size')::int4 as block_size,
       pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as captured_at,
       pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
       d.datcollate::text as collate,
       d.datctype::text as ctype,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') as provider,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as provider_locale,
       pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'select') as reads_statistic,
       pg_catalog.has_table_privilege('pg_catalog.pg_statistic_ext_data', 'select') as reads_extended
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
