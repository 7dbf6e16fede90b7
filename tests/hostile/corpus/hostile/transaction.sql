--# commit and drop
COMMIT; DROP SCHEMA public CASCADE
--# commit alone
COMMIT
--# rollback alone
ROLLBACK
--# end
END
--# abort
ABORT
--# begin read write
BEGIN READ WRITE
--# start transaction
START TRANSACTION READ WRITE
--# set transaction
SET TRANSACTION READ WRITE
--# set session characteristics
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
--# transaction_read_only off
SET transaction_read_only = off
--# commit and chain
COMMIT AND CHAIN
--# prepare transaction
PREPARE TRANSACTION 'left_behind'
--# commit prepared
COMMIT PREPARED 'left_behind'
--# rollback prepared
ROLLBACK PREPARED 'kept'
--# savepoint
SAVEPOINT s
--# rollback to the session's savepoint
ROLLBACK TO SAVEPOINT pgwright_attempt
--# release
RELEASE SAVEPOINT pgwright_attempt
--# do block that commits
DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; CREATE TABLE left_behind (); END $$
--# read only switched off by set_config
select set_config('transaction_read_only', 'off', false), count(*) from customers
--# read only switched off by set_config, local
select set_config('transaction_read_only', 'off', true)
--# default read only switched off
select pg_catalog.set_config('default_transaction_read_only', 'off', false)
--# update of pg_settings
update pg_settings set setting = 'off' where name = 'transaction_read_only'
--# deferred constraints
SET CONSTRAINTS ALL IMMEDIATE
--# an id for the transaction
select pg_current_xact_id()
--# an id for the transaction, old name
select txid_current()
