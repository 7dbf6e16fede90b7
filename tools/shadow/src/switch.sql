-- Lets the planner see these indexes ($1) or not ($2). On the shadow only. PostgreSQL 13-18.
update pg_catalog.pg_index
set indisvalid = $2
where indexrelid = any ($1::oid[])
