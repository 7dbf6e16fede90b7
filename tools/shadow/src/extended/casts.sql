-- Lets the stored bytes of extended statistics be written back. On the shadow only. PostgreSQL 13-18.
create cast (bytea as pg_catalog.pg_ndistinct) without function;
create cast (bytea as pg_catalog.pg_dependencies) without function;
create cast (bytea as pg_catalog.pg_mcv_list) without function
