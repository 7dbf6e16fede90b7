-- Check and exclusion constraints of a relation ($1); NOT NULL, which has constraints from 18 on, is said with the columns.
-- PostgreSQL 13-18.
select k.conname::text as name, pg_catalog.pg_get_constraintdef(k.oid, true) as definition
from pg_catalog.pg_constraint k
where k.conrelid = $1
  and k.contype in ('c', 'x')
order by k.contype, k.conname
