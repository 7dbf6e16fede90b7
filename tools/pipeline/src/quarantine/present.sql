-- Whether table $1, a quoted name, exists. PostgreSQL 13-18.
select pg_catalog.to_regclass($1) is not null
