--# physical slot
select pg_create_physical_replication_slot('left_behind')
--# physical slot, reserved
select * from pg_create_physical_replication_slot('left_behind', true)
--# logical slot
select pg_create_logical_replication_slot('left_behind', 'test_decoding')
--# logical slot of pgoutput
select * from pg_create_logical_replication_slot('left_behind', 'pgoutput')
--# temporary slot
select pg_create_physical_replication_slot('left_behind', true, true)
--# drop a slot
select pg_drop_replication_slot('kept')
--# drop all slots
select pg_drop_replication_slot(slot_name) from pg_replication_slots
--# copy a slot
select pg_copy_physical_replication_slot('kept', 'left_behind')
--# copy a logical slot
select pg_copy_logical_replication_slot('kept', 'left_behind')
--# advance a slot
select pg_replication_slot_advance('kept', pg_current_wal_lsn())
--# read changes
select * from pg_logical_slot_get_changes('kept_logical', null, null)
--# read binary changes
select * from pg_logical_slot_get_binary_changes('kept_logical', null, null)
--# peek changes
select * from pg_logical_slot_peek_changes('kept_logical', null, null)
--# emit a message
select pg_logical_emit_message(false, 'left', 'behind')
--# emit a transactional message
select pg_logical_emit_message(true, 'left', 'behind')
--# emit a binary message
select pg_logical_emit_message(false, 'left', 'behind'::bytea)
--# switch WAL
select pg_switch_wal()
--# restore point
select pg_create_restore_point('left_behind')
--# pause replay
select pg_wal_replay_pause()
--# origin
select pg_replication_origin_create('left_behind')
--# drop an origin
select pg_replication_origin_drop('kept')
--# advance an origin
select pg_replication_origin_advance('kept', '0/1')
--# set up a session of an origin
select pg_replication_origin_session_setup('kept')
--# set up a transaction of an origin
select pg_replication_origin_xact_setup('0/1', now())
--# reset a session of an origin
select pg_replication_origin_session_reset()
--# subscription statistics
select pg_stat_reset_subscription_stats(null)
--# sync slots; since=17
select pg_sync_replication_slots()
--# WAL summaries; since=17
select * from pg_available_wal_summaries(), pg_switch_wal()
--# promote
select pg_promote(false)
--# backup
select pg_backup_start('left_behind', true)
