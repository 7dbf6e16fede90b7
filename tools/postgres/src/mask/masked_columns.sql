-- Columns with a mask: those that the configuration names ($1 schemas, $2 tables, $3 columns), those that PostgreSQL
-- Anonymizer labels, the columns of the same name in partitions, children and parents of their tables, and columns that
-- are generated from one. `entry` counts the configuration's names from 1. PostgreSQL 13-18.
with recursive seeds as (
    select e.number as entry, null::text as label, c.oid as relation, a.attname, 0 as rank
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as e (schema, "table", "column", number)
    join pg_catalog.pg_namespace n on n.nspname = e.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e."table"
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = e."column"
        and a.attnum > 0 and not a.attisdropped
    union all
    select null, l.label, l.objoid, a.attname, 2
    from pg_catalog.pg_seclabel l
    join pg_catalog.pg_attribute a on a.attrelid = l.objoid and a.attnum = l.objsubid and not a.attisdropped
    where l.provider = 'anon' and l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and l.objsubid > 0
), family as (
    select entry, label, relation, attname, rank from seeds
    union
    select f.entry, f.label,
           case when i.inhparent = f.relation then i.inhrelid else i.inhparent end, f.attname, f.rank | 1
    from family f
    join pg_catalog.pg_inherits i on f.relation in (i.inhparent, i.inhrelid)
), masked as (
    select f.entry, f.label, f.relation, a.attnum as number, f.rank
    from family f
    join pg_catalog.pg_attribute a on a.attrelid = f.relation and a.attname = f.attname and not a.attisdropped
), all_masked as (
    select entry, label, relation, number, rank from masked
    union all
    select m.entry, m.label, m.relation, g.attnum, m.rank + 4
    from masked m
    join pg_catalog.pg_attribute g on g.attrelid = m.relation and g.attgenerated <> '' and not g.attisdropped
    join pg_catalog.pg_attrdef e on e.adrelid = g.attrelid and e.adnum = g.attnum
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = m.relation and d.refobjsubid = m.number
        and (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = e.oid
             or d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = g.attrelid
                and d.objsubid = g.attnum)
)
select distinct on (relation, number) entry, label, relation, number
from all_masked
order by relation, number, rank, entry
