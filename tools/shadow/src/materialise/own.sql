-- Gives everything that was made here to the role that plans ($1), so that expressions are evaluated as that role, and
-- candidates are built by it. On the shadow only. PostgreSQL 13-18.
with planner as (select oid from pg_catalog.pg_roles where rolname = $1),
schemas as (
    update pg_catalog.pg_namespace
    -- Without a list of its own the owner may do everything, and nobody else anything.
    set nspowner = planner.oid, nspacl = null
    from planner
    where nspname = any ($2::text[])
)
update pg_catalog.pg_class
set relowner = planner.oid
from planner
where pg_class.oid >= 16384 and relowner <> planner.oid
