-- The encoding in which the database stores names. PostgreSQL 13-18.
select pg_catalog.getdatabaseencoding()::text as encoding
