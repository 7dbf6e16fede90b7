-- What an index ($1, schema-qualified and quoted) takes on disk. PostgreSQL 13-18.
select pg_catalog.pg_relation_size($1::regclass) as bytes
