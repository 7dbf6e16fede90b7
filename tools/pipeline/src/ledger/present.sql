-- Whether the ledger's tables exist. PostgreSQL 13-18.
select pg_catalog.to_regclass('pgwright.loads') is not null
   and pg_catalog.to_regclass('pgwright.runs') is not null
   and pg_catalog.to_regclass('pgwright.quarantine') is not null
