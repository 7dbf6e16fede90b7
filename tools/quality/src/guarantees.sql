-- Of these relations ($1): whether their constraints hold for all their rows (an inheritance parent's don't cover its
-- children's, a foreign table's and a view's are nobody's), and NOT NULL columns that were never validated (18),
-- and whether row security applies to the current role. PostgreSQL 13-18.
select c.oid,
       c.relkind in ('p', 'm')
           or (c.relkind = 'r' and not exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)) as sound,
       array(
           select a.attname::text
           from pg_catalog.pg_constraint k
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
           where k.conrelid = c.oid
             and k.contype = 'n'
             and not k.convalidated
       ) as unvalidated,
       pg_catalog.row_security_active(c.oid) as row_security
from pg_catalog.pg_class c
where c.oid = any ($1::oid[])
