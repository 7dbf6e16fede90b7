-- Takes the statistics of these relations and indexes ($1) away, to be written anew. On the shadow only. PostgreSQL 13-18.
delete from pg_catalog.pg_statistic where starelid = any ($1::oid[])
