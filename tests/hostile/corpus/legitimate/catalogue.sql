--# tables and sizes
select c.relname, pg_size_pretty(pg_total_relation_size(c.oid)), pg_relation_size(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r' order by 1
--# information schema tables
select table_name, table_type from information_schema.tables where table_schema = 'public' order by 1
--# information schema columns
select column_name, data_type, is_nullable, column_default from information_schema.columns where table_name = 'customers' order by ordinal_position
--# information schema constraints
select constraint_name, constraint_type from information_schema.table_constraints where table_name = 'orders' order by 1
--# keys
select kcu.column_name from information_schema.key_column_usage kcu where table_name = 'order_items' order by 1
--# attributes
select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute where attrelid = 'customers'::regclass and attnum > 0 order by attnum
--# indexes
select indexrelid::regclass, pg_get_indexdef(indexrelid), indisunique from pg_index where indrelid = 'customers'::regclass order by 1::text
--# indexes by view
select indexname, indexdef from pg_indexes where tablename = 'orders' order by 1
--# index use
select indexrelname, idx_scan >= 0 from pg_stat_user_indexes where relname = 'orders' order by 1
--# table use
select relname, n_live_tup, last_analyze is null from pg_stat_user_tables where relname = 'orders'
--# cache hits; varies
select relname, heap_blks_read, heap_blks_hit from pg_statio_user_tables where relname = 'orders'
--# activity; varies
select pid, state, wait_event_type, query_start from pg_stat_activity where datname = current_database()
--# locks; varies
select locktype, mode, granted from pg_locks where pid = pg_backend_pid()
--# blocking; varies
select pid, pg_blocking_pids(pid) from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0
--# database sizes
select datname, pg_database_size(oid) > 0 from pg_database where datname = current_database()
--# settings
select name, setting, unit from pg_settings where name in ('work_mem', 'shared_buffers', 'max_connections') order by 1
--# a setting; is=on
select current_setting('enable_seqscan')
--# show
show work_mem
--# show the version
show server_version
--# version
select version() like 'PostgreSQL%', current_setting('server_version_num')::int > 130000
--# who
select current_user, session_user, current_database(), current_schema(), current_schemas(true) is not null
--# roles
select rolname, rolsuper, rolcanlogin from pg_roles where rolname not like 'pg\_%' order by 1
--# privileges
select has_table_privilege('customers', 'select'), has_schema_privilege('public', 'usage'), has_database_privilege(current_database(), 'connect')
--# extensions
select extname, extversion from pg_extension where extname = 'pg_trgm'
--# functions
select proname, pg_get_function_arguments(oid) from pg_proc where proname = 'lower' order by 2
--# views' text
select viewname, definition from pg_views where viewname = 'open_orders'
--# view text by function
select pg_get_viewdef('open_orders'::regclass, true)
--# constraints
select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'orders'::regclass order by 1
--# comments
select obj_description('customers'::regclass), col_description('customers'::regclass, 1)
--# types
select typname, typtype from pg_type where typname in ('order_status', 'percentage', 'address') order by 1
--# enum labels
select enumlabel from pg_enum where enumtypid = 'order_status'::regtype order by enumsortorder
--# statistics view
select attname, n_distinct, null_frac from pg_stats where tablename = 'orders' order by 1
--# partitions
select inhrelid::regclass::text from pg_inherits where inhparent = 'sales'::regclass order by 1
--# dependencies
select count(*) > 0 from pg_depend where refobjid = 'customers'::regclass
--# sequences
select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1
--# dead rows
select relname, n_dead_tup, n_live_tup from pg_stat_all_tables where schemaname = 'public' order by n_dead_tup desc, relname limit 5
--# ages
select relname, age(relfrozenxid) >= 0 from pg_class where relkind = 'r' and relname = 'orders'
--# to_regclass
select to_regclass('no_such_table') is null, 'customers'::regclass::text, to_regtype('int4')::text
--# explain
explain select * from orders where customer_id = 5
--# explain with options
explain (costs off, verbose) select count(*) from orders
--# explain analyze
explain analyze select count(*) from orders o join customers c on c.id = o.customer_id
--# explain analyze with options
explain (analyze, buffers, timing off, summary off, format json) select status, count(*) from orders group by status
--# explain of values
explain values (1)
--# explain in brackets
explain (select 1 union all select 2)
