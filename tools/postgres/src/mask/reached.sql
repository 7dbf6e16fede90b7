-- The relations of these names ($1 schemas, null for the search path; $2 names) or with these OIDs ($3), and all that
-- their views read, each with its columns; a view of a user with its text. PostgreSQL 13-18.
with recursive named as (
    select c.oid
    from unnest($1::text[], $2::text[]) as wanted (schema, name)
    join pg_catalog.pg_class c on c.relname = wanted.name and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 't')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = wanted.schema or (wanted.schema is null and pg_catalog.pg_table_is_visible(c.oid))
    union
    select pg_catalog.unnest($3::oid[])
), edges as (
    select distinct w.ev_class as view, d.refobjid as relation
    from pg_catalog.pg_rewrite w
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> w.ev_class
    where w.ev_type = '1'
), reached as (
    select oid from named
    union
    select e.relation from reached r join edges e on e.view = r.oid
)
select c.oid as relation, n.nspname::text as schema, c.relname::text as name,
       pg_catalog.pg_table_is_visible(c.oid) as is_visible,
       array(select a.attname::text from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,
       array(select a.attnum from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as numbers,
       array(select e.relation from edges e where e.view = c.oid) as reads,
       case when c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
            then pg_catalog.pg_get_viewdef(c.oid) end as definition,
       c.relkind = 'm' as is_stored
from reached r
join pg_catalog.pg_class c on c.oid = r.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
