-- What a statement may leave behind that is not a row of a logged table: those cannot change without a transaction's
-- number or WAL, which stand here too. PostgreSQL 13-18.
select 'next transaction' as aspect, pg_snapshot_xmax(pg_current_snapshot())::text as value
union all
select 'sequence ' || relname, pg_sequence_last_value(oid)::text from pg_class where relkind = 'S'
union all
select 'unlogged rows', count(*) || ' ' || coalesce(sum(hashtextextended(scratch::text, 0)::numeric), 0) from scratch
union all
select 'settings', md5(string_agg(concat_ws(' ', name, setting, reset_val, source), ',' order by name))
from pg_settings where source not in ('client', 'override', 'session')
union all
select 'configuration files', md5(string_agg(concat_ws(' ', name, setting, error), ',' order by seqno)) from pg_file_settings
union all
select 'reloaded', pg_conf_load_time()::text
union all
select 'started', pg_postmaster_start_time()::text
union all
select 'slot ' || slot_name, concat_ws(' ', slot_type, database, active, restart_lsn, confirmed_flush_lsn) from pg_replication_slots
union all
select 'origin ' || external_id, concat_ws(' ', local_id, remote_lsn, local_lsn) from pg_replication_origin_status
union all
select 'prepared ' || gid, owner::text from pg_prepared_xacts
union all
select 'statistics of ' || datname, stats_reset::text from pg_stat_database where datname is not null
union all
select 'statistics of the writer', stats_reset::text from pg_stat_bgwriter
union all
select 'statistics of the archiver', stats_reset::text from pg_stat_archiver
union all
select 'statistics of slru ' || name, stats_reset::text from pg_stat_slru
union all
select 'victim ' || application_name, concat_ws(' ', pid, state, query_start, wait_event)
from pg_stat_activity where application_name like 'victim %'
union all
select 'lock of ' || a.application_name, string_agg(concat_ws(' ', l.locktype, l.mode, l.relation::regclass), ', ' order by l.locktype, l.mode, l.relation)
from pg_locks l join pg_stat_activity a using (pid)
where a.pid <> pg_backend_pid() and a.application_name not like 'victim %'
group by a.application_name
union all
select 'busy session', string_agg(state || ' ' || left(query, 60), ', ' order by query)
from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle' and application_name not like 'victim %'
having count(*) > 0
