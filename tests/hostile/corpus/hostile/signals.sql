--# terminate all
select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'victim%'
--# terminate with a timeout
select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'victim%'
--# terminate in where
select 1 from pg_stat_activity where application_name like 'victim%' and pg_terminate_backend(pid)
--# terminate as a field; refused
select (a.pid).pg_terminate_backend from pg_stat_activity a where application_name like 'victim%'
--# terminate itself
select pg_terminate_backend(pg_backend_pid())
--# cancel all
select pg_cancel_backend(pid) from pg_stat_activity where application_name like 'victim%'
--# cancel in from
select c.* from pg_stat_activity a, lateral pg_cancel_backend(a.pid) c where application_name like 'victim%'
--# cancel as a field; refused
select (a.pid).pg_cancel_backend from pg_stat_activity a where application_name like 'victim%'
--# cancel in an aggregate
select bool_or(pg_cancel_backend(pid)) from pg_stat_activity where application_name like 'victim%'
--# cancel in a coalesce
select coalesce(pg_cancel_backend(pid), false) from pg_stat_activity where application_name like 'victim%'
--# cancel in a sort
select pid from pg_stat_activity where application_name like 'victim%' order by pg_cancel_backend(pid)
--# cancel by unicode
select U&"pg\005fcancel_backend"(pid) from pg_stat_activity where application_name like 'victim%'
--# reload
select pg_reload_conf()
--# reload in from
select * from pg_catalog.pg_reload_conf()
--# rotate the log
select pg_rotate_logfile()
--# rotate the log, old name
select pg_rotate_logfile_old()
--# promote
select pg_promote()
