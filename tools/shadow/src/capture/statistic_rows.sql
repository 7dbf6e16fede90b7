-- Column statistics of these relations and indexes ($1) as they are stored, for roles that may read them so: of everything,
-- expressions and ranges too. PostgreSQL 13-18.
select s.starelid as relation,
       case when c.relkind in ('i', 'I') then s.staattnum::text else a.attname::text end as name,
       s.stainherit as inherited,
       s.stanullfrac as null_frac,
       s.stawidth as avg_width,
       s.stadistinct as n_distinct,
       array[s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5] as kinds,
       s.stanumbers1, s.stanumbers2, s.stanumbers3, s.stanumbers4, s.stanumbers5,
       array[s.stavalues1::text, s.stavalues2::text, s.stavalues3::text, s.stavalues4::text, s.stavalues5::text] as "values"
from pg_catalog.pg_statistic s
join pg_catalog.pg_class c on c.oid = s.starelid
join pg_catalog.pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum and not a.attisdropped
where s.starelid = any ($1::oid[])
order by s.starelid, s.staattnum, s.stainherit
