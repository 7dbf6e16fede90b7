--# reset
select pg_stat_reset()
--# reset, in from
select * from pg_stat_reset()
--# reset the shared
select pg_stat_reset_shared('bgwriter')
--# reset the WAL's
select pg_stat_reset_shared('wal')
--# reset the archiver's
select pg_stat_reset_shared('archiver')
--# reset a table's
select pg_stat_reset_single_table_counters('customers'::regclass)
--# reset all tables'
select pg_stat_reset_single_table_counters(oid) from pg_class
--# reset as a field
select (c.oid).pg_stat_reset_single_table_counters from pg_class c
--# reset a function's
select pg_stat_reset_single_function_counters('leave_volatile'::regproc)
--# reset an slru
select pg_stat_reset_slru('Notify')
--# reset a slot's
select pg_stat_reset_replication_slot(null)
--# reset the backend's; since=18
select pg_stat_reset_backend_stats(pg_backend_pid())
--# reset statements
select pg_stat_statements_reset(0, 0, 0)
--# clear a snapshot
select pg_stat_clear_snapshot()
--# force a flush
select pg_stat_force_next_flush()
--# clear a relation's; since=18
select pg_clear_relation_stats('public', 'customers')
--# restore a relation's; since=18
select pg_restore_relation_stats('schemaname', 'public', 'relname', 'customers', 'relpages', 1)
--# restore an attribute's; since=18
select pg_restore_attribute_stats('schemaname', 'public', 'relname', 'customers', 'attname', 'name', 'inherited', false, 'null_frac', 0.5::real)
--# clear an attribute's; since=18
select pg_clear_attribute_stats('public', 'customers', 'name', false)
--# analyze
analyze
--# summarise ranges
select brin_summarize_new_values('readings_at')
--# summarise one range
select brin_summarize_range('readings_at', 0)
--# desummarise
select brin_desummarize_range('readings_at', 0)
--# clean a pending list
select gin_clean_pending_list('articles_search')
--# import collations
select pg_import_system_collations('pg_catalog')
--# freeze a tuple
select heap_force_freeze('customers', array['(0,1)']::tid[])
--# kill a tuple
select heap_force_kill('customers', array['(0,1)']::tid[])
--# truncate a visibility map
select pg_truncate_visibility_map('customers')
--# prewarm
select pg_prewarm('customers', 'buffer')
--# evict; since=17
select pg_buffercache_evict(1)
--# nextoid
select pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')
--# binary upgrade
select binary_upgrade_set_next_pg_type_oid(1)
--# binary upgrade of an extension
select binary_upgrade_create_empty_extension('left', 'public', false, '1', null, null, null)
--# event trigger
select pg_event_trigger_ddl_commands()
--# extension dump
select pg_extension_config_dump('customers', '')
--# rewrite of a partition tree
select pg_get_publication_tables('p'); truncate customers
