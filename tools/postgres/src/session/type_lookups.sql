-- The statements that prepare the driver's look-ups of types again, where it has prepared some: by one OID, under the names
-- that it gives (s1, s2, …). Those that were prepared so before hold their own PREPARE. PostgreSQL 13-18.
select case when p.from_sql then p.statement
            else pg_catalog.format('prepare %I (pg_catalog.oid) as %s', p.name, p.statement) end
from pg_catalog.pg_prepared_statements p
where p.name operator(pg_catalog.~) '^s[0-9]+$'
  and p.parameter_types operator(pg_catalog.=) array['pg_catalog.oid'::pg_catalog.regtype]
