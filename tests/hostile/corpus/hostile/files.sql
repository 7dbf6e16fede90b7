--# read a file; refused
select pg_read_file('«dir»/secret.txt')
--# read a part of a file; refused
select pg_read_file('«dir»/secret.txt', 0, 100)
--# read a file, missing ok; refused
select pg_read_file('«dir»/secret.txt', 0, 100, true)
--# read a binary file; refused
select pg_read_binary_file('«dir»/secret.txt')
--# read in from; refused
select * from pg_read_file('«dir»/secret.txt') f(t)
--# read in a lateral; refused
select f.* from customers c, lateral pg_read_file('«dir»/secret.txt') f limit 1
--# read in where; refused
select 1 where pg_read_file('«dir»/secret.txt') like '%FILE%'
--# read in rows from; refused
select * from rows from (pg_read_file('«dir»/secret.txt'), generate_series(1, 2)) as r(a, b)
--# read in a split; refused
select regexp_split_to_table(pg_read_file('«dir»/secret.txt'), '\n')
--# read in an aggregate; refused
select string_agg(pg_read_file('«dir»/secret.txt'), '') from customers
--# read through xmlparse; refused
select xmlparse(content pg_read_file('«dir»/secret.txt'))
--# read in an array; refused
select array[pg_read_file('«dir»/secret.txt')]
--# read in a row; refused
select row(pg_read_file('«dir»/secret.txt'))
--# read in a cast; refused
select pg_read_file('«dir»/secret.txt')::bytea
--# read in a case; refused
select case when true then pg_read_file('«dir»/secret.txt') end
--# read in a default; refused
select coalesce(null, pg_read_file('«dir»/secret.txt'))
--# read in a window; refused
select first_value(pg_read_file('«dir»/secret.txt')) over () from customers limit 1
--# read in a filter; refused
select count(*) filter (where pg_read_file('«dir»/secret.txt') <> '') from customers
--# read in a collate; refused
select pg_read_file('«dir»/secret.txt') collate "C"
--# read in a subscript; refused
select (array[1, 2])[length(pg_read_file('«dir»/secret.txt'))]
--# read in group by; refused
select count(*) from customers group by pg_read_file('«dir»/secret.txt')
--# read in grouping sets; refused
select count(*) from customers group by grouping sets ((pg_read_file('«dir»/secret.txt')), ())
--# read in distinct on; refused
select distinct on (pg_read_file('«dir»/secret.txt')) id from customers
--# read in tablesample; refused
select * from customers tablesample bernoulli (length(pg_read_file('«dir»/secret.txt')))
--# read in a window's frame; refused
select sum(id) over (order by id rows length(pg_read_file('«dir»/secret.txt')) preceding) from customers
--# read in offset; refused
select 1 offset length(pg_read_file('«dir»/secret.txt'))
--# read in fetch first; refused
select id from customers fetch first (length(pg_read_file('«dir»/secret.txt'))) rows only
--# read in using of a join; refused
select * from customers c join orders o on o.customer_id = length(pg_read_file('«dir»/secret.txt'))
--# read in xmltable; refused
select * from xmltable('/a' passing xmlparse(content pg_read_file('«dir»/secret.txt')) columns a text)
--# read in json_table; refused; since=17
select * from json_table(to_jsonb(pg_read_file('«dir»/secret.txt')), '$' columns (a text path '$'))
--# read in json_object; refused; since=16
select json_object('a': pg_read_file('«dir»/secret.txt'))
--# read in a within group; refused
select percentile_disc(0.5) within group (order by pg_read_file('«dir»/secret.txt')) from customers
--# read in a named argument; refused
select make_interval(days => length(pg_read_file('«dir»/secret.txt')))
--# read in a variadic; refused
select concat_ws(',', variadic array[pg_read_file('«dir»/secret.txt')])
--# read in an interval; refused
select now() + pg_read_file('«dir»/secret.txt')::interval
--# read in any; refused
select 'x' = any (array[pg_read_file('«dir»/secret.txt')])
--# read in extract; refused
select extract(epoch from pg_read_file('«dir»/secret.txt')::timestamp)
--# read in overlay; refused
select overlay('xxxx' placing pg_read_file('«dir»/secret.txt') from 1)
--# read in trim; refused
select trim(both pg_read_file('«dir»/secret.txt') from 'x')
--# read in position; refused
select position('C' in pg_read_file('«dir»/secret.txt'))
--# read in a recursive term; refused
with recursive r(t, n) as (select '', 1 union all select pg_read_file('«dir»/secret.txt'), n + 1 from r where n < 2) select * from r
--# read in cycle; refused
with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) cycle n set c to pg_read_file('«dir»/secret.txt') default '' using p select * from r
--# read in at time zone; refused
select now() at time zone pg_read_file('«dir»/secret.txt')
--# read in uescape's neighbour; refused
select U&'x' || pg_read_file('«dir»/secret.txt')
--# list a directory; refused
select pg_ls_dir('«dir»')
--# list the data directory; refused
select * from pg_ls_dir('.')
--# list the log; refused
select * from pg_ls_logdir()
--# list WAL; refused
select * from pg_ls_waldir()
--# list the archive status; refused
select * from pg_ls_archive_statusdir()
--# list temporary files; refused
select * from pg_ls_tmpdir()
--# list logical snapshots; refused
select * from pg_ls_logicalsnapdir()
--# list slots; refused
select * from pg_ls_replslotdir('x')
--# stat a file; refused
select * from pg_stat_file('«dir»/secret.txt')
--# stat a file, missing ok; refused
select (pg_stat_file('«dir»/secret.txt', true)).size
--# current logfile
select pg_current_logfile()
--# write by adminpack
select pg_file_write('«dir»/written', 'x', false)
--# rename by adminpack
select pg_file_rename('«dir»/secret.txt', '«dir»/renamed.txt')
--# unlink by adminpack
select pg_file_unlink('«dir»/secret.txt')
--# sync by adminpack
select pg_file_sync('«dir»/secret.txt')
--# list logs by adminpack
select * from pg_logdir_ls() as l(a timestamp, b text)
--# foreign table of a file; refused
select * from secret_file
--# foreign table of a program; refused
select * from program_output
--# foreign table in a subquery; refused
select (select count(*) from program_output)
--# foreign table by table; refused
table secret_file
--# foreign table in a view; refused
select * from view_of_program
--# foreign table in an explain; refused
explain analyze select * from program_output
--# read hba; refused
select * from pg_hba_file_rules
--# read hba by function; refused
select * from pg_hba_file_rules()
--# read ident; refused; since=15
select * from pg_ident_file_mappings
--# read file settings; refused
select * from pg_file_settings
--# read file settings by function; refused
select * from pg_show_all_file_settings()
--# control data
select * from pg_control_system(), pg_control_checkpoint(), pg_read_file('global/pg_control')
--# raw page; refused
select get_raw_page('pg_authid', 0)
--# heap page; refused
select * from heap_page_items(get_raw_page('pg_authid', 0))
--# copy to a file
copy (select 1) to '«dir»/copied'
--# copy from a program
copy customers from program 'touch «dir»/copied'
--# import by large object
select lo_import('/etc/passwd')
--# server file by text search dictionary
create text search dictionary left_behind (template = simple, stopwords = '../../../../etc/passwd')
--# library
load 'plpgsql'
--# WAL records; refused
select * from pg_get_wal_records_info('0/1', '0/2')
