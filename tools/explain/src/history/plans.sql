-- The plans that statements had: one row a shape, without any value. PostgreSQL 13-18.
create table if not exists pgwright.plans (
    -- Which database of which server.
    place text not null,
    -- The statement's fingerprint, and whether it was planned for any values.
    statement text not null,
    -- A hash of nodes, tables and indexes.
    shape text not null,
    -- The nodes: kinds, names, rows and costs.
    skeleton text not null,
    cost float8 not null,
    -- Since when it was the plan without another between.
    since timestamptz not null default pg_catalog.now(),
    last_seen timestamptz not null default pg_catalog.now(),
    seen int8 not null default 1,
    primary key (place, statement, shape)
)
