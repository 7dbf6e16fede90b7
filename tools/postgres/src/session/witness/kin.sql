-- A relation ($1) with its parents and children of all degrees, whose rows are also its own. PostgreSQL 13-18.
with recursive above (oid) as (
    select $1::oid
    union
    select i.inhparent from above join pg_catalog.pg_inherits i on i.inhrelid = above.oid
), below (oid) as (
    select $1::oid
    union
    select i.inhrelid from below join pg_catalog.pg_inherits i on i.inhparent = below.oid
)
select c.oid, c.relnamespace::pg_catalog.regnamespace::text as schema, c.relname::text as name, c.relkind::text as kind
from (select oid from above union select oid from below) kin
join pg_catalog.pg_class c on c.oid = kin.oid
