-- Where refused rows go unless a pipeline names another table of this shape. PostgreSQL 13-18.
create table if not exists pgwright.quarantine (
    run_id uuid not null,
    file text not null,
    line bigint not null,
    byte bigint not null,
    raw text not null,
    errors jsonb not null,
    at timestamptz not null default clock_timestamp()
)
