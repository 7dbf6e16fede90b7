--# explain analyze delete
explain analyze delete from customers
--# explain analyze insert
explain (analyze) insert into customers (id, name, email) values (999, 'x', 'x')
--# explain analyze update
explain (analyze, buffers, format json) update customers set balance = 0
--# explain analyze merge
explain analyze merge into customers c using orders o on c.id = o.customer_id when matched then delete
--# explain analyze create table as
explain analyze create table left_behind as select * from customers
--# explain analyze create materialized view
explain analyze create materialized view left_behind as select 1
--# explain analyze select into
explain analyze select * into left_behind from customers
--# explain analyze execute
explain analyze execute something
--# explain execute
explain execute something
--# explain analyze declare
explain analyze declare c cursor for select leave_volatile('explained')
--# explain analyze refresh
explain analyze refresh materialized view order_summary
--# explain analyze with
explain analyze with gone as (delete from customers returning *) select * from gone
--# explain of a volatile call
explain analyze select leave_volatile('explained')
--# plain explain folds an immutable call
explain select * from customers where leave_immutable('planned')
--# plain explain estimates a stable call
explain select * from customers where leave_stable('planned')
--# plain explain of an immutable call in a limit
explain select * from customers limit (case when leave_immutable('planned') then 1 end)
--# explain verbose analyse
explain analyse verbose delete from customers
--# explain with options and analyze as a word
explain (verbose, analyze 1, timing off) delete from customers
--# explain with a quoted option
explain ("analyze" 'true') delete from customers
--# explain of explain
explain explain analyze delete from customers
--# explain of copy
explain copy customers to stdout
--# explain of do
explain analyze do $$ begin delete from customers; end $$
--# explain of call
explain analyze call leave_procedure('explained')
--# explain for update
explain analyze select * from customers for update
--# explain serialize; since=17
explain (analyze, serialize text) delete from customers
--# explain analyze in brackets
explain analyze (delete from customers)
--# explain of two
explain select 1; delete from customers
--# explain of an unknown option
explain (analyze, "drop" true) delete from customers
--# explain that waits
explain analyze select pg_sleep(30)
--# explain of a file; refused
explain (analyze, verbose) select * from pg_read_file('«dir»/secret.txt')
