-- The columns that a table had when its drift was last looked at: names and types. PostgreSQL 13-18.
create table if not exists pgwright.quality_columns (
    place text not null,
    relation text not null,
    columns text[] not null,
    seen_at timestamptz not null default pg_catalog.now(),
    primary key (place, relation)
)
