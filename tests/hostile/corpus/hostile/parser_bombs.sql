--# sum of 5,000
select 1«5000×+1»
--# sum of 200,000
select 1«200000×+1»
--# conjunction
select true«5000× and 1=1»
--# disjunction
select * from customers where id = 0«4000× or id=1»
--# casts
select 1«5000×::int»
--# set operations
select 1«5500× union all select 1»
--# intersections
select 1«3000× intersect select 1»
--# brackets
select «10000×(»1«10000×)»
--# brackets never closed
select «30000×(»1
--# square brackets
select array«5000×[»1«5000×]»
--# subqueries
select «2000×(select »1«2000×)»
--# subqueries in from
select * from «2000×(select * from »customers«2000×) x»
--# case
select «2000×case when true then »1«2000× end»
--# not
select «20000×not »true
--# minus signs
select «20000×- »1
--# plus signs
select «20000×+ »1
--# comments
select 1 «33×/*»«33×*/»
--# comments without end
select 1 «20000×/*»
--# comments, 400 kB
select 1 «100000×/*»«100000×*/»
--# comments just within the bound
select 1 «32×/*» x «32×*/»
--# fields
select (c)«5000×.c» from customers c
--# subscripts
select a«5000×[1]» from customers
--# collations
select name«3000× collate "C"» from customers
--# is null
select 1«5000× is null»
--# between
select 1«3000× between 0 and 1»
--# joins
select count(*) from customers«3000× cross join customers»
--# commas in from
select 1 from customers«12000×,orders»
--# CTEs
with a as (select 1)«2000×, b as (select 1)» select 1
--# arguments
select concat('x'«14000×,1»)
--# in list
select 1 where 1 in (0«14000×,1»)
--# in list of 200,000
select 1 where 1 in (0«200000×,1»)
--# text of 1 MB
select '«1000000×x»'
--# name of 60 kB
select 1 as "«60000×x»"
--# comment of 1 MB
select 1 /*«1000000×x»*/
--# spaces of 1 MB
select 1«1000000× »
--# dollar quote of 1 MB
select $x$«1000000×$»$x$
--# escapes
select E'«30000×\\»'
--# quotes
select '«60000×'»
--# concatenated strings
select 'a'«5000×
'b'»
--# parameters
select $1«9000×,$65535»
--# interval literals
select now()«2000× - interval '1 day'»
--# at time zone
select now()«3000× at time zone 'UTC'»
--# grouping sets
select 1 from customers group by grouping sets («3000×grouping sets (»id«3000×)»)
--# cube of too many
select 1 from customers group by cube (id«40×,name»)
--# cubes multiplied
select 1 from customers group by cube (id,name,email), cube (id,name,email), cube (id,name,email), cube (id,name,email)
--# rows
select «3000×row(»1«3000×)»
--# functions
select «3000×lower(»'x'«3000×)»
--# lateral
select 1 from customers«2000×, lateral (select 1) x»
--# window definitions
select 1 from customers window w as ()«2000×, v as (w)»
--# exists
select 1 where «1000×exists (select 1 where »true«1000×)»
--# arrays of queries
select «1000×array(select »1«1000×)»
--# operators glued
select 1 «50000×+»1
--# json arrows
select '{}'::jsonb«3000×->'a'»
--# bodies of functions
create function f() returns int language sql as $$ select «60000×(» $$
--# values
values (1)«12000×,(1)»
--# mixed brackets
select «5000×([»
--# unicode escapes
select U&'«10000×\0041»'
--# numbers
select «60000×9»
--# exponent
select 1e«30000×9»
--# operators of 60 kB
select 1 «60000×@»1
--# depth within the bound
select «190×(»1«190×)»
--# chain within the bound
select 1«990×+1»
--# unions within the bound
select 1«900× union all select 1»
--# joins within the bound
select count(*) from customers c0«40× natural join customers»
