--# trailing semicolon; is=1
select 1;
--# semicolons and a comment; is=1
  select 1 ; ;; -- done
--# leading comment; is=1
/* who: analyst */ select 1
--# comments everywhere; is=300
select/**/count(*)/* a /* nested */ comment */from--line
customers
--# comment that looks like an attack; is=1
select 1 -- ; drop table customers
--# string that looks like an attack; is=; drop table customers; --
select '; drop table customers; --'
--# name that looks like an attack; is=1
select 1 as "; drop table customers; --"
--# alias that is a keyword
select id as update, name as "delete", total as "select" from (select 1 as id, 'x' as name, 2 as total) insert
--# columns that are called like statements
select c.name as copy, c.id as "truncate" from customers c order by id limit 1
--# words in strings; is=delete
select 'delete'
--# quoted identifiers
select "Select", "weird ""column", "ünïcode" from "Odd Names" order by 1
--# unicode identifiers
select U&"Sel\0065ct" from U&"Odd Names" order by 1
--# unicode identifiers with an escape
select U&"Sel!0065ct" uescape '!' from "Odd Names" order by 1
--# upper case
SELECT COUNT(*) FROM CUSTOMERS WHERE COUNTRY = 'DE'
--# tabs and line ends
select«u0009»1«u000d»«u000a»,«u000c»2
--# vertical tab; since=16
select«u000b»1
--# qualified names
select public.customers.id, pg_catalog.lower(customers.name) from public.customers order by 1 limit 2
--# operator by its schema; is=3
select 1 operator(pg_catalog.+) 2
--# catalogue by its schema
select count(*) > 0 from pg_catalog.pg_class
--# numbers
select 1e3, .5, 5., 0.1e-2, 1234567890123456789
--# numbers of 16; since=16
select 0x1F, 0o17, 0b11, 1_000_000
--# long statement; rows=1
select 'x'«1500×, 1»
--# empty string and spaces; rows=1
select '', ' '
--# null; rows=1
select null
--# booleans
select true, false, not true, true and null, true or null, 1 = 1 is true
--# aliases without as
select 1 a, 2 b
--# column aliases of a table
select x.a from customers as x (a) order by 1 limit 2
--# star twice
select *, * from flights order by 1, 2 limit 1
--# duplicate names
select 1 as a, 2 as a
--# dollar in a name
select 1 as a$b
--# cast chain
select '1'::text::int::numeric::text
--# many joins of a small table
select count(*) from flights a join flights b on b.origin = a.destination join flights c on c.origin = b.destination join flights d on d.origin = c.destination
--# expression of depth
select «30×coalesce(null, »1«30×)»
--# case of depth
select «20×case when false then 0 else »1«20× end»
--# subqueries of depth
select * from «15×(select * from »flights«15×) x» order by 1, 2
