--# listen
listen left_behind
--# unlisten
unlisten *
--# notify
notify heard, 'x'
--# pg_notify
select pg_notify('heard', 'x')
--# pg_notify per row
select pg_notify('heard', name) from customers
--# prepare
prepare something as select 1
--# prepare with a volatile call
prepare something as select leave_volatile('prepared')
--# execute
execute something
--# declare a cursor
declare c cursor for select 1
--# cursor_to_xml
select cursor_to_xml('c', 1, true, true, '')
--# export a snapshot
select pg_export_snapshot()
--# export in from
select * from pg_export_snapshot()
--# discard temp
discard temp
--# create temp view
create temp view customers as select 1
--# temporary schema
select pg_my_temp_schema(), pg_is_other_temp_schema(1), 1; set search_path = pg_temp
--# backend memory
select * from pg_backend_memory_contexts; discard all
--# log memory contexts
select pg_log_backend_memory_contexts(pg_backend_pid())
--# log memory contexts of all
select pg_log_backend_memory_contexts(pid) from pg_stat_activity
--# log standby snapshot; since=16
select pg_log_standby_snapshot()
--# injection of a plan
select pg_stat_statements_reset()
--# prewarm
select pg_prewarm('customers')
--# autoprewarm
select autoprewarm_start_worker()
--# two-phase
select * from pg_prepared_xacts; rollback prepared 'kept'
--# backup start
select pg_backup_start('left_behind')
--# backup stop
select pg_backup_stop()
