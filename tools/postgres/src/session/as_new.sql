-- Whether a session that was reset is as a new one: its role, its transactions' mode, no advisory lock, nothing listened to,
-- prepared, open or temporary. PostgreSQL 13-18.
select current_user = session_user
   and pg_catalog.current_setting('transaction_read_only')
       = pg_catalog.current_setting('default_transaction_read_only')
   and not exists (select from pg_catalog.pg_listening_channels())
   and not exists (select from pg_catalog.pg_prepared_statements)
   and not exists (select from pg_catalog.pg_cursors where is_holdable)
   and not exists (
       select from pg_catalog.pg_locks l where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'advisory'
   )
   -- The catalogue is looked through only where this session once made something temporary.
   and (pg_catalog.pg_my_temp_schema() = 0
        or not exists (
            select from pg_catalog.pg_class c where c.relnamespace = pg_catalog.pg_my_temp_schema()
        ))
