-- Writes the size of an index ($1), its pages ($2) and its rows ($3), into pg_class. On the shadow only. PostgreSQL 13-18.
update pg_catalog.pg_class set relpages = $2, reltuples = $3 where oid = $1
