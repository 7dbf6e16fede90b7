-- Constraints of these relations ($1) that the planner knows of; foreign keys where both ends are among them, those too that a
-- partition has from its table, since the planner looks at the partition's alone. PostgreSQL 13-18.
select k.conrelid as relation,
       k.conname::text as name,
       k.contype::text as kind,
       pg_catalog.pg_get_constraintdef(k.oid) as definition,
       k.convalidated as validated,
       nullif(k.confrelid, 0) as referenced,
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
           order by part.position
       ) as columns,
       array(
           select a.attname::text
           from unnest(k.confkey) with ordinality part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = part.number
           order by part.position
       ) as referenced_columns
from pg_catalog.pg_constraint k
where k.conrelid = any ($1::oid[])
  and (k.contype in ('p', 'u', 'x')
       or (k.contype = 'c' and k.conislocal)
       or (k.contype = 'f'
           and k.confrelid = any ($1::oid[])
           -- One on a partitioned table has a part for each partition that it points to: those are not its own.
           and not exists (
               select from pg_catalog.pg_constraint parent where parent.oid = k.conparentid and parent.conrelid = k.conrelid
           )))
order by k.conrelid, k.contype = 'f', k.oid
