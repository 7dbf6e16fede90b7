--# sleep
select pg_sleep(30)
--# sleep for
select pg_sleep_for('30 seconds')
--# sleep until
select pg_sleep_until(now() + interval '30 seconds')
--# sleep in from
select * from pg_sleep(30)
--# sleep per row
select pg_sleep(1) from customers
--# sleep in where
select * from customers where pg_sleep(1) is null
--# sleep in a join
select * from customers c join orders o on pg_sleep(1)::text = ''
--# sleep in an order by
select * from customers order by pg_sleep(1)::text
--# sleep in having
select count(*) from customers having pg_sleep(30)::text = ''
--# sleep in a lateral
select * from generate_series(1, 30) g, lateral (select pg_sleep(1)) s
--# sleep in a CTE
with s as materialized (select pg_sleep(30)) select * from s
--# sleep by a quoted name
select "pg_sleep"(30)
--# sleep as a field; refused
select (30::float8).pg_sleep
--# sleep in a limit
select 1 limit (select 1 from pg_sleep(30))
--# sleep in values
values (pg_sleep(30))
--# sleep in a window
select count(*) over (order by pg_sleep(1)::text) from customers
--# sleep as a blind oracle
select case when (select count(*) from pg_roles where rolsuper) > 0 then pg_sleep(30) end
--# wait for a lock
select pg_advisory_lock(7)
--# wait for isolation
select pg_isolation_test_session_is_blocked(pg_backend_pid(), '{}')
--# wait for replay; since=18
select pg_wal_replay_resume()
--# wait for a promotion
select pg_promote(true, 30)
--# wait for io
select pg_stat_get_activity(null), pg_sleep(30)
