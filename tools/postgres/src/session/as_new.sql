-- Whether a session that was reset is as a new one: its role, its transactions' mode, no advisory lock, nothing listened to,
-- prepared, open or temporary. The search path is the user's again, so operators are named in full. PostgreSQL 13-18.
select current_user operator(pg_catalog.=) session_user
   and pg_catalog.current_setting('transaction_read_only')
       operator(pg_catalog.=) pg_catalog.current_setting('default_transaction_read_only')
   and not exists (select from pg_catalog.pg_listening_channels())
   and not exists (select from pg_catalog.pg_prepared_statements)
   and not exists (select from pg_catalog.pg_cursors where is_holdable)
   and not exists (
       select from pg_catalog.pg_locks l
       where l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid() and l.locktype operator(pg_catalog.=) 'advisory'
   )
   -- The catalogue is looked through only where this session once made something temporary.
   and (pg_catalog.pg_my_temp_schema() operator(pg_catalog.=) 0::pg_catalog.oid
        or not exists (
            select from pg_catalog.pg_class c
            where c.relnamespace operator(pg_catalog.=) pg_catalog.pg_my_temp_schema()
        ))
