--# for update
select * from customers for update
--# for no key update
select * from customers for no key update
--# for share
select * from customers for share
--# for key share
select * from customers for key share
--# for update nowait
select * from customers for update nowait
--# for update skip locked
select * from customers limit 1 for update skip locked
--# for update of
select * from customers c join orders o on o.customer_id = c.id for update of c
--# two locking clauses
select * from customers c, orders o for update of c for share of o
--# for update in a subquery
select * from (select * from customers for update) c
--# for update in a CTE
with locked as (select * from customers for update) select count(*) from locked
--# for update in exists
select 1 where exists (select 1 from customers for update)
--# for update in an array
select array(select id from customers for update)
--# for update in a lateral
select * from orders o, lateral (select * from customers c where c.id = o.customer_id for update) c
--# for update in a case
select case when true then (select id from customers limit 1 for update) end
--# for update in a function's argument
select coalesce((select id from customers limit 1 for update), 0)
--# for update before limit
select * from customers for update limit 1
--# for update of a view
select * from open_orders for update
--# for read only
select * from customers for read only
--# for update in values
values ((select id from customers limit 1 for update))
--# for update in order by
select * from customers order by (select id from customers limit 1 for update)
--# for update of a table function
select * from rows from (generate_series(1, 2)) g for update
--# advisory lock
select pg_advisory_lock(42)
--# advisory lock of two keys
select pg_advisory_lock(4, 2)
--# advisory lock, shared
select pg_advisory_lock_shared(42)
--# advisory lock, try
select pg_try_advisory_lock(42)
--# advisory lock, try shared
select pg_try_advisory_lock_shared(42)
--# advisory lock, transaction
select pg_advisory_xact_lock(42)
--# advisory lock, transaction, shared
select pg_try_advisory_xact_lock_shared(42)
--# advisory lock in from
select * from pg_try_advisory_lock(42)
--# advisory lock per row
select pg_try_advisory_lock(id) from customers
--# advisory unlock
select pg_advisory_unlock_all()
--# advisory unlock of one
select pg_advisory_unlock(42)
--# row locks
select * from pgrowlocks('customers')
