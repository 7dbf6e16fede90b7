-- What ANALYZE found for these extended statistics ($1), as stored, for roles that may read it so. PostgreSQL 15-18.
select d.stxoid as oid,
       d.stxdinherit as inherited,
       pg_catalog.encode(d.stxdndistinct::bytea, 'hex') as "distinct",
       pg_catalog.encode(d.stxddependencies::bytea, 'hex') as dependencies,
       pg_catalog.encode(d.stxdmcv::bytea, 'hex') as common
from pg_catalog.pg_statistic_ext_data d
where d.stxoid = any ($1::oid[])
