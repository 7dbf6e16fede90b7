-- The labels of enums that columns of a relation ($1) have as their type, or as what their domain or array is of, in order.
-- PostgreSQL 13-18.
with recursive nested (name, oid) as (
    select a.attname, a.atttypid
    from pg_catalog.pg_attribute a
    where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
    union all
    select nested.name, case when t.typtype = 'd' then t.typbasetype else t.typelem end
    from nested
    join pg_catalog.pg_type t on t.oid = nested.oid
    where t.typtype = 'd' or t.typcategory = 'A'
)
select nested.name::text as name, array_agg(e.enumlabel::text order by e.enumsortorder) as labels
from nested
join pg_catalog.pg_enum e on e.enumtypid = nested.oid
group by nested.name
