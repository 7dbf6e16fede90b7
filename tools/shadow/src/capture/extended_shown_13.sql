-- The same ($1) where the role may not: what is shown to the owner, without most common values. PostgreSQL 13-14.
select x.oid,
       false as inherited,
       pg_catalog.encode(s.n_distinct::bytea, 'hex') as "distinct",
       pg_catalog.encode(s.dependencies::bytea, 'hex') as dependencies,
       null::text as common
from pg_catalog.pg_statistic_ext x
join pg_catalog.pg_namespace n on n.oid = x.stxnamespace
join pg_catalog.pg_stats_ext s on s.statistics_schemaname = n.nspname and s.statistics_name = x.stxname
where x.oid = any ($1::oid[])
