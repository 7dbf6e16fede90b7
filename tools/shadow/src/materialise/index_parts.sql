-- The parts of these indexes ($1) with what decides their size: lengths, what statistics say of them, and whether equal
-- values are equal byte by byte (deduplication asks that of the operator class and of the collation). PostgreSQL 13-18.
select i.indexrelid as index,
       part.position::int4 as position,
       part.position <= i.indnkeyatts as is_key,
       i.indisunique as is_unique,
       a.attlen as length,
       a.attalign::text as align,
       coalesce(s.stawidth, t.typlen::int4) as width,
       coalesce(s.stanullfrac, 0) as null_ratio,
       s.stadistinct as "distinct",
       t.oid as type,
       -- The texts of values, where they tell widths; what the common ones are worth.
       sample.common,
       sample.shares,
       sample.bounds,
       coalesce(
           exists (
               select
               from pg_catalog.pg_opclass o
               join pg_catalog.pg_amproc p
                   on p.amprocfamily = o.opcfamily
                   and p.amproclefttype = o.opcintype
                   and p.amprocrighttype = o.opcintype
                   and p.amprocnum = 4
               where part.position <= i.indnkeyatts and o.oid = i.indclass[part.position - 1]
           )
           and (select l.collisdeterministic from pg_catalog.pg_collation l where l.oid = a.attcollation) is not false,
           false
       ) as equal_image
from pg_catalog.pg_index i
cross join lateral generate_series(1, i.indnatts) as part (position)
join pg_catalog.pg_attribute a on a.attrelid = i.indexrelid and a.attnum = part.position
join pg_catalog.pg_type t on t.oid = a.atttypid
left join lateral (
    select s.*
    from pg_catalog.pg_statistic s
    where (s.starelid = i.indexrelid and s.staattnum = part.position)
       or (s.starelid = i.indrelid and s.staattnum = i.indkey[part.position - 1] and i.indkey[part.position - 1] > 0)
    order by s.starelid = i.indexrelid desc, s.stainherit
    limit 1
) s on true
left join lateral (
    select max(slot.held) filter (where slot.kind = 1) as common,
           max(slot.numbers::text) filter (where slot.kind = 1)::float4[] as shares,
           max(slot.held) filter (where slot.kind = 2) as bounds
    from (values (s.stakind1, s.stavalues1::text, s.stanumbers1), (s.stakind2, s.stavalues2::text, s.stanumbers2),
                 (s.stakind3, s.stavalues3::text, s.stanumbers3), (s.stakind4, s.stavalues4::text, s.stanumbers4),
                 (s.stakind5, s.stavalues5::text, s.stanumbers5)) slot (kind, held, numbers)
    where t.oid in (25, 1042, 1043, 1700)
) sample on true
where i.indexrelid = any ($1::oid[])
order by i.indexrelid, part.position
