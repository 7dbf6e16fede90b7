-- What pipeline $1 has put into table $2. PostgreSQL 13-18.
select content_sha256, bytes, run_id, definition_sha256, rows_read, rows_loaded, rows_quarantined, rows_deduplicated
from pgwright.loads
where pipeline = $1 and target = $2
