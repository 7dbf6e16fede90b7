-- What ANALYZE found of the expressions of these extended statistics ($1), as stored, for roles that may read it so, in the order
-- of the expressions. PostgreSQL 14.
select d.stxoid as relation,
       false as inherited,
       of.place::text as name,
       (of.one).stanullfrac as null_frac,
       (of.one).stawidth as avg_width,
       (of.one).stadistinct as n_distinct,
       array[(of.one).stakind1, (of.one).stakind2, (of.one).stakind3, (of.one).stakind4, (of.one).stakind5] as kinds,
       (of.one).stanumbers1, (of.one).stanumbers2, (of.one).stanumbers3, (of.one).stanumbers4, (of.one).stanumbers5,
       array[(of.one).stavalues1::text, (of.one).stavalues2::text, (of.one).stavalues3::text, (of.one).stavalues4::text,
             (of.one).stavalues5::text] as "values"
from pg_catalog.pg_statistic_ext_data d
cross join lateral (
    select unnest(d.stxdexpr)::pg_catalog.pg_statistic as one, pg_catalog.generate_subscripts(d.stxdexpr, 1) as place
) of
where d.stxoid = any ($1::oid[])
order by d.stxoid, of.place
