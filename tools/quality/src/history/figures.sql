-- What checks with a history measured: one row a check and run. No value of a row is in it. PostgreSQL 13-18.
create table if not exists pgwright.quality_figures (
    -- Which database of which server.
    place text not null,
    -- The table and the name of the check.
    relation text not null,
    "check" text not null,
    measured_at timestamptz not null default pg_catalog.now(),
    figure float8 not null,
    primary key (place, relation, "check", measured_at)
)
