-- Adds a load's rows to run $1, in the load's own transaction. PostgreSQL 13-18.
update pgwright.runs
set rows_read = rows_read + $2,
    rows_loaded = rows_loaded + $3,
    rows_quarantined = rows_quarantined + $4,
    rows_deduplicated = rows_deduplicated + $5
where id = $1
