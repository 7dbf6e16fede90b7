-- Whether the extension pg_trgm is installed. PostgreSQL 13-18.
select from pg_catalog.pg_extension where extname = 'pg_trgm'
