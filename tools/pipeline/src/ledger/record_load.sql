-- Records a load, in the load's own transaction. PostgreSQL 13-18.
insert into pgwright.loads (
    pipeline, target, content_sha256, bytes, path, definition_sha256, run_id,
    rows_read, rows_loaded, rows_quarantined, rows_deduplicated
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
