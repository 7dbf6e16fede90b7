-- What was written to WAL between two positions, but for what the server writes by itself. PostgreSQL 15-18.
select string_agg(distinct resource_manager || ' ' || record_type, ', ')
from pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)
where resource_manager <> 'Standby' and record_type not like 'CHECKPOINT%'
