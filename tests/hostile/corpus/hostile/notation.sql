--# file by a field; refused
select ('«dir»/secret.txt'::text).pg_read_file
--# file by a field of a subquery; refused
select (x.path).pg_read_file from (select '«dir»/secret.txt'::text as path) x
--# file by a field of a column; refused
select x.path from (select '«dir»/secret.txt'::text as path) x where (x.path).pg_read_file like 'C%'
--# file by a field of a cast; refused
select (cast('«dir»/secret.txt' as text)).pg_read_file
--# file by a quoted field; refused
select ('«dir»/secret.txt'::text)."pg_read_file"
--# file by a unicode field; refused
select ('«dir»/secret.txt'::text).U&"pg\005fread_file"
--# file by a field of a CTE; refused
with x as (select '«dir»/secret.txt'::text as path) select (path).pg_read_file from x
--# directory by a field; refused
select ('.'::text).pg_ls_dir
--# size of a file by a field; refused
select ('«dir»/secret.txt'::text).pg_stat_file
--# volatile by a row's field
select c.leave_row from customers c
--# volatile by a row's field, in where
select 1 from customers c where c.leave_row
--# volatile by a row's field, in an order by
select c.id from customers c order by c.leave_row
--# volatile by a row's field, whole
select (c).leave_row from customers c
--# volatile by a row's field with its schema
select public.customers.leave_row from customers
--# volatile by a text's field
select ('field'::text).leave_volatile
--# volatile by a text's field in depth
select ((select 'field'::text)).leave_volatile
--# volatile by a column's field
select (c.name).leave_volatile from customers c
--# stable by a text's field
select ('field'::text).leave_stable
--# definer by a text's field
select ('field'::text).leave_definer
--# large object by a field
select (0::oid).lo_create
--# large object by a field, unlinked
select (m.oid).lo_unlink from pg_largeobject_metadata m
--# number by a field
select ('numbers'::regclass).nextval
--# treat; refused
select treat('«dir»/secret.txt' as pg_read_file)
--# treat in depth
select treat(c.name as leave_volatile) from customers c
--# subscript and field
select (array['«dir»/secret.txt'])[1].pg_read_file
--# field of an aggregate
select (max('«dir»/secret.txt'::text)).pg_read_file
--# field of a case
select (case when true then '«dir»/secret.txt'::text end).pg_read_file
--# field in a join
select * from customers c join orders o on c.leave_row
--# field in a filter
select count(*) filter (where c.leave_row) from customers c
--# field of a function's alias
select (g.g).leave_int from generate_series(1, 2) g
--# star of a function's result
select (leave_table('star')).*
--# natural name
select leave_row from customers
--# operator's function by its name
select leave_two('a', 'b')
--# indirection of a parameter
select ($1::text).leave_volatile
