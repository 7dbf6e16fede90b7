-- Ends run $1. PostgreSQL 13-18.
update pgwright.runs
set status = $2, answer = $3::text::jsonb, failure = $4::text::jsonb, finished_at = clock_timestamp()
where id = $1
