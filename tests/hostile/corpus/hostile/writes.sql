--# insert
insert into customers (id, name, email) values (999, 'x', 'x')
--# insert on conflict
insert into customers (id, name, email) values (1, 'x', 'x') on conflict (id) do update set name = 'x'
--# insert select
insert into orders select * from orders
--# update
update customers set balance = 0
--# update from
update orders o set total = 0 from customers c where c.id = o.customer_id
--# delete
delete from customers
--# delete using
delete from orders using customers where customers.id = orders.customer_id
--# merge
merge into customers c using orders o on c.id = o.customer_id when matched then delete
--# merge with insert
merge into customers c using (select 999 as id) n on c.id = n.id when not matched then insert (id, name, email) values (n.id, 'x', 'x')
--# truncate
truncate customers cascade
--# truncate restarting
truncate orders restart identity
--# delete in a CTE
with gone as (delete from customers returning *) select * from gone
--# delete in an unread CTE
with gone as (delete from order_items) select 1
--# insert in a CTE
with new as (insert into customers (id, name, email) values (999, 'x', 'x') returning id) select * from new
--# update in a CTE
with changed as (update customers set balance = 0 returning id) select count(*) from changed
--# merge in a CTE; since=17
with merged as (merge into customers c using (select 1 as id) n on c.id = n.id when matched then delete returning c.id) select * from merged
--# materialized delete
with gone as materialized (delete from customers returning *) select * from gone
--# delete in a CTE in depth
select * from (with gone as (delete from customers returning *) select * from gone) g
--# delete in a CTE of a recursive query
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3), gone as (delete from customers returning id) select * from n
--# delete in a CTE of a set operation
(with gone as (delete from customers returning id) select id from gone) union all select 1
--# delete in parentheses
(delete from customers)
--# with before insert
with source as (select * from orders) insert into orders select * from source
--# with before update
with source as (select 1) update customers set balance = 0
--# with before delete
with source as (select 1) delete from customers
--# delete in a scalar subquery
select (with gone as (delete from customers returning 1) select count(*) from gone)
--# delete in exists
select 1 where exists (with gone as (delete from customers returning 1) select * from gone)
--# insert in values
values ((with new as (insert into customers (id, name, email) values (999, 'x', 'x') returning id) select id from new))
--# select into
select * into left_behind from customers
--# select into temp
select 1 as a into temp left_behind
--# select into unlogged
select * into unlogged left_behind from customers
--# select into at the end
select 1 from customers into left_behind
--# select into in a union
select id into left_behind from customers union select 1
--# select into with comments
select * /**/into/**/ left_behind from customers
--# with and select into
with a as (select 1) select * into left_behind from a
--# create table as
create table left_behind as select * from customers
--# create table as execute
create table left_behind as execute something
--# copy from
copy customers from '«dir»/secret.txt'
--# copy from stdin
copy customers from stdin
--# copy from program
copy customers (name) from program 'touch «dir»/copied; echo x'
--# copy to
copy customers to '«dir»/copied.csv'
--# copy to program
copy customers to program 'cat > «dir»/copied'
--# copy of a query
copy (select * from customers) to program 'cat > «dir»/copied'
--# copy of a deletion
copy (delete from customers returning *) to stdout
--# copy to stdout
copy customers to stdout
--# do
do $$ begin delete from customers; end $$
--# do in sql
do language plpgsql $x$ begin perform leave_volatile('do'); end $x$
--# call
call leave_procedure('call')
--# call that commits
call commit_procedure('call')
--# refresh
refresh materialized view order_summary
--# update through a view
update open_orders set status = 'paid'
--# insert into the catalogue
insert into pg_catalog.pg_am values (99999, 'x', 'heap_tableam_handler', 't')
--# update of the catalogue
update pg_catalog.pg_authid set rolsuper = true
--# delete from the catalogue
delete from pg_catalog.pg_statistic
--# update where current of
update customers set balance = 0 where current of c
--# declare with hold
declare c cursor with hold for select leave_volatile('cursor')
--# declare for update
declare c cursor for select * from customers for update
--# fetch
fetch all from c
--# move
move forward all in c
--# close
close all
--# prepare a deletion
prepare gone as delete from customers
--# execute
execute gone
--# deallocate
deallocate all
