-- Records that a run starts; nothing where it is recorded, or the pipeline has a run with this idempotency key.
-- PostgreSQL 13-18.
insert into pgwright.runs (id, pipeline, target, definition_sha256, idempotency_key, status)
values ($1, $2, $3, $4, $5, 'running')
on conflict do nothing
