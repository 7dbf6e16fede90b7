-- One row a run of a pipeline. PostgreSQL 13-18.
create table if not exists pgwright.runs (
    id uuid primary key,
    pipeline text not null,
    target text not null,
    definition_sha256 text not null,
    idempotency_key text,
    status text not null check (status in ('running', 'succeeded', 'unchanged', 'failed', 'abandoned')),
    attempts integer not null default 1,
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_deduplicated bigint not null default 0,
    failure jsonb,
    answer jsonb,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    unique (pipeline, idempotency_key)
)
