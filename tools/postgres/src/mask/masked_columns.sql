-- Columns with a mask: those that the configuration names ($1 schemas, $2 tables, $3 columns), those that PostgreSQL
-- Anonymizer labels, the columns of the same name in partitions, children and parents of their tables, the columns on the
-- other side of their foreign keys, and columns that are generated from one (`generated`). `entry` counts the
-- configuration's names from 1. A column with a rule of its own gets none from others, and hands none of theirs on.
-- PostgreSQL 13-18.
with recursive seeds as (
    select e.number as entry, null::text as label, c.oid as relation, a.attnum as number, 0 as rank
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as e (schema, "table", "column", number)
    join pg_catalog.pg_namespace n on n.nspname = e.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e."table"
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = e."column"
        and a.attnum > 0 and not a.attisdropped
    union all
    select null, l.label, l.objoid, a.attnum, 2
    from pg_catalog.pg_seclabel l
    join pg_catalog.pg_attribute a on a.attrelid = l.objoid and a.attnum = l.objsubid and not a.attisdropped
    where (l.provider = 'anon' or l.provider = any (pg_catalog.regexp_split_to_array(
              pg_catalog.current_setting('anon.masking_policies', true), '\s*,\s*')))
      and l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and l.objsubid > 0
), family as (
    select entry, label, relation, number, rank from seeds
    union
    select f.entry, f.label, n.relation, n.number, f.rank | n.rank
    from family f
    cross join lateral (
        select other.attrelid as relation, other.attnum as number, 1 as rank
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_attribute one on one.attrelid = f.relation and one.attnum = f.number
        join pg_catalog.pg_attribute other
            on other.attrelid = case when i.inhparent = f.relation then i.inhrelid else i.inhparent end
            and other.attname = one.attname and not other.attisdropped
        where f.relation in (i.inhparent, i.inhrelid)
        union all
        select k.confrelid, k.confkey[pg_catalog.array_position(k.conkey, f.number)], 8
        from pg_catalog.pg_constraint k
        where k.contype = 'f' and k.conrelid = f.relation and f.number = any (k.conkey)
        union all
        select k.conrelid, k.conkey[pg_catalog.array_position(k.confkey, f.number)], 8
        from pg_catalog.pg_constraint k
        where k.contype = 'f' and k.confrelid = f.relation and f.number = any (k.confkey)
    ) n
    where not exists (select from seeds s where s.relation = n.relation and s.number = n.number)
), all_masked as (
    select entry, label, relation, number, rank, false as generated from family
    union all
    select f.entry, f.label, f.relation, g.attnum, f.rank + 4, true
    from family f
    join pg_catalog.pg_attribute g on g.attrelid = f.relation and g.attgenerated <> '' and not g.attisdropped
    join pg_catalog.pg_attrdef e on e.adrelid = g.attrelid and e.adnum = g.attnum
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = f.relation and d.refobjsubid = f.number
        and (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = e.oid
             or d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = g.attrelid
                and d.objsubid = g.attnum)
)
select distinct on (relation, number) entry, label, relation, number, generated
from all_masked
order by relation, number, rank, entry
