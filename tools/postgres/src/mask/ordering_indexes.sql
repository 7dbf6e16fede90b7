-- The indexes in whose order, or in parts of it, a masked column ($1 OIDs of tables, $2 numbers of columns) stands: as a key,
-- or in an expression that is one. PostgreSQL 13-18.
select distinct c.relname::text as name
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) as masked (relation, number)
join pg_catalog.pg_index i on i.indrelid = masked.relation
join pg_catalog.pg_class c on c.oid = i.indexrelid
where exists (
    select
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid
      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.refobjid = masked.relation and d.refobjsubid = masked.number
)
   or masked.number = any (i.indkey)
