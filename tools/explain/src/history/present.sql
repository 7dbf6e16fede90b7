-- Whether the table of plans exists. PostgreSQL 13-18.
select pg_catalog.to_regclass('pgwright.plans') is not null
