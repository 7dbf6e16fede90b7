-- Writes what ANALYZE found for extended statistics ($1, JSON). On the shadow only. PostgreSQL 15-18.
insert into pg_catalog.pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv)
select x.oid,
       given.inherited,
       pg_catalog.decode(given."distinct", 'hex')::pg_catalog.pg_ndistinct,
       pg_catalog.decode(given.dependencies, 'hex')::pg_catalog.pg_dependencies,
       pg_catalog.decode(given.common, 'hex')::pg_catalog.pg_mcv_list
from pg_catalog.jsonb_to_recordset($1::text::jsonb)
         as given (schema text, name text, inherited bool, "distinct" text, dependencies text, common text)
join pg_catalog.pg_namespace n on n.nspname = given.schema
join pg_catalog.pg_statistic_ext x on x.stxnamespace = n.oid and x.stxname = given.name
