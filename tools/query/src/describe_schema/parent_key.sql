-- What the table is partitioned by of which a relation ($1) is a partition. PostgreSQL 13-18.
select pg_catalog.pg_get_partkeydef(i.inhparent) as key
from pg_catalog.pg_inherits i
where i.inhrelid = $1
