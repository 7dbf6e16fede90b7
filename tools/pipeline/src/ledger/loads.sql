-- The ledger: one row for each content that a pipeline has put into a table. PostgreSQL 13-18.
create table if not exists pgwright.loads (
    pipeline text not null,
    target text not null,
    content_sha256 text not null,
    bytes bigint not null,
    path text not null,
    definition_sha256 text not null,
    run_id uuid not null references pgwright.runs (id),
    rows_read bigint not null,
    rows_loaded bigint not null,
    rows_quarantined bigint not null,
    rows_deduplicated bigint not null,
    loaded_at timestamptz not null default clock_timestamp(),
    primary key (pipeline, target, content_sha256)
)
