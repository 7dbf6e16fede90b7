-- Whether the tables of the history exist. PostgreSQL 13-18.
select pg_catalog.to_regclass('pgwright.quality_figures') is not null
       and pg_catalog.to_regclass('pgwright.quality_columns') is not null
