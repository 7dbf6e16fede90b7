-- Writes rows ($1, JSON) of pg_statistic, as a superuser may. Operators and collations are those that ANALYZE would have
-- taken: of the type's default B-tree operator class. On the shadow only. PostgreSQL 13-18.
with recursive
given as (
    select *
    from pg_catalog.jsonb_to_recordset($1::text::jsonb) as g (
        schema text, relation text, "column" text, inherited bool, null_ratio float4, width_bytes int4, "distinct" float4,
        kinds int2[], n1 float4[], n2 float4[], n3 float4[], n4 float4[], n5 float4[],
        v1 text, v2 text, v3 text, v4 text, v5 text
    )
),
target as (
    select given.*, c.oid as class, a.attnum as number, a.atttypid as type, a.attcollation as collation
    from given
    join pg_catalog.pg_namespace n on n.nspname = given.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = given.relation
    join pg_catalog.pg_attribute a
        on a.attrelid = c.oid
        and not a.attisdropped
        and case when c.relkind in ('i', 'I') then a.attnum::text else a.attname::text end = given."column"
),
base (start, oid) as (
    select distinct type, type from target
    union
    select base.start, t.typbasetype
    from base
    join pg_catalog.pg_type t on t.oid = base.oid and t.typtype = 'd'
),
known as (
    select base.start,
           t.oid as base,
           case when t.oid = 3614 then 25 when t.typcategory = 'A' then t.typelem else 0 end::oid as element,
           case when t.oid = 3614 then 100 end as element_collation
    from base
    join pg_catalog.pg_type t on t.oid = base.oid and t.typtype <> 'd'
),
compared (type) as (
    select base from known
    union
    select element from known where element <> 0
),
operators as (
    select compared.type, class.equal, class.less
    from compared
    join pg_catalog.pg_type t on t.oid = compared.type
    cross join lateral (
        select max(p.amopopr) filter (where p.amopstrategy = 3) as equal,
               max(p.amopopr) filter (where p.amopstrategy = 1) as less
        from (
            select o.opcfamily, o.opcintype
            from pg_catalog.pg_opclass o
            join pg_catalog.pg_am m on m.oid = o.opcmethod and m.amname = 'btree'
            join pg_catalog.pg_type i on i.oid = o.opcintype
            where o.opcdefault
              and (o.opcintype = t.oid
                   or exists (
                       select
                       from pg_catalog.pg_cast c
                       where c.castsource = t.oid and c.casttarget = o.opcintype and c.castmethod = 'b' and c.castcontext = 'i'
                   )
                   or (t.typtype = 'e' and o.opcintype = 3500)
                   or (t.typcategory = 'A' and o.opcintype = 2277)
                   or (t.typtype = 'r' and o.opcintype = 3831)
                   or (t.typtype = 'm' and o.opcintype = 4537)
                   or (t.typtype = 'c' and o.opcintype = 2249))
            order by o.opcintype = t.oid desc, i.typispreferred desc
            limit 1
        ) chosen
        join pg_catalog.pg_amop p
            on p.amopfamily = chosen.opcfamily
            and p.amoplefttype = chosen.opcintype
            and p.amoprighttype = chosen.opcintype
    ) class
),
slots as (
    select target.*,
           known.element,
           array(
               select coalesce(case kind
                          when 1 then own.equal
                          when 2 then own.less
                          when 3 then own.less
                          when 4 then elements.equal
                          when 5 then elements.equal
                          when 6 then 672
                      end, 0)
               from unnest(target.kinds) with ordinality slot (kind, place)
               order by place
           )::oid[] as operators,
           array(
               select case
                          when kind in (4, 5) then coalesce(known.element_collation, target.collation)
                          when kind in (1, 2, 3) then target.collation
                          else 0
                      end
               from unnest(target.kinds) with ordinality slot (kind, place)
               order by place
           )::oid[] as collations,
           array(
               select case kind when 4 then known.element when 6 then 701 else target.type end
               from unnest(target.kinds) with ordinality slot (kind, place)
               order by place
           )::oid[] as types
    from target
    join known on known.start = target.type
    left join operators own on own.type = known.base
    left join operators elements on elements.type = known.element
)
insert into pg_catalog.pg_statistic (
    starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
    stakind1, stakind2, stakind3, stakind4, stakind5,
    staop1, staop2, staop3, staop4, staop5,
    stacoll1, stacoll2, stacoll3, stacoll4, stacoll5,
    stanumbers1, stanumbers2, stanumbers3, stanumbers4, stanumbers5,
    stavalues1, stavalues2, stavalues3, stavalues4, stavalues5
)
select class, number, inherited, null_ratio, width_bytes, "distinct",
       kinds[1], kinds[2], kinds[3], kinds[4], kinds[5],
       operators[1], operators[2], operators[3], operators[4], operators[5],
       collations[1], collations[2], collations[3], collations[4], collations[5],
       n1, n2, n3, n4, n5,
       pg_catalog.array_in(v1::cstring, types[1], -1),
       pg_catalog.array_in(v2::cstring, types[2], -1),
       pg_catalog.array_in(v3::cstring, types[3], -1),
       pg_catalog.array_in(v4::cstring, types[4], -1),
       pg_catalog.array_in(v5::cstring, types[5], -1)
from slots
