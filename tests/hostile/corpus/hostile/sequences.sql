--# nextval
select nextval('numbers')
--# nextval per row
select id, nextval('numbers') from customers
--# nextval by regclass
select nextval('numbers'::regclass)
--# nextval in from
select * from nextval('numbers')
--# nextval, qualified
select pg_catalog.nextval('numbers')
--# setval
select setval('numbers', 42)
--# setval with called
select setval('numbers', 42, false)
--# setval of all
select setval(oid::regclass, 1) from pg_class where relkind = 'S'
--# currval after nextval
select nextval('numbers'), currval('numbers'), lastval()
--# nextval in an aggregate
select sum(nextval('numbers')) from customers
--# nextval in a window
select sum(nextval('numbers')) over () from customers
--# nextval in a limit
select * from customers limit nextval('numbers')
--# nextval in a range
select int8range(nextval('numbers'), null)
--# nextval as a field; refused
select ('numbers'::regclass).nextval
--# nextval as a field of a column
select (s.oid::regclass).nextval from pg_class s where relname = 'numbers'
--# nextval of a serial
select nextval(pg_get_serial_sequence('orders', 'id'))
--# nextval in a recursive query
with recursive n(i) as (select nextval('numbers') union all select i + 1 from n where i < 5) select * from n
