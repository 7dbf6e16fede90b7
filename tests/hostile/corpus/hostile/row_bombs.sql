--# every row of a wide table
select * from readings
--# every row, twice
select * from readings a, readings b
--# every row as json
select to_json(r) from readings r
--# all in one value
select json_agg(r) from readings r
--# all in one text
select string_agg(note, '') from readings
--# all in one array
select array_agg(r) from readings r
--# all in one xml
select xmlagg(xmlelement(name r, r.note)) from readings r
--# product of series
select * from generate_series(1, 1000000) a, generate_series(1, 1000000) b
--# count of a product of series
select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b
--# long series
select * from generate_series(1, 100000000)
--# endless recursion
with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n
--# endless recursion, shown
with recursive n(i) as (select 1 union all select i + 1 from n) select * from n
--# doubling recursion
with recursive n(t) as (select 'x' union all select t || t from n) select length(t) from n
--# fan-out recursion
with recursive n(i) as (select 1 union all select i + 1 from n, generate_series(1, 10)) select count(*) from n
--# union recursion
with recursive n(i) as (select 1 union select i + 1 from n) select max(i) from n
--# repeat
select repeat('x', 500000000)
--# repeat of rows
select repeat('x', 100000) from generate_series(1, 100000)
--# repeat of a repeat
select repeat(repeat('x', 10000), 10000)
--# length of a repeat
select length(repeat('x', 1000000000))
--# lpad
select lpad('x', 300000000)
--# rpad
select rpad('x', 300000000, 'yz')
--# array fill
select array_fill(0, array[100000000])
--# array fill of texts
select array_fill(repeat('x', 1000), array[1000000])
--# array of a series
select array_agg(i) from generate_series(1, 20000000) i
--# json of a series
select jsonb_agg(i) from generate_series(1, 5000000) i
--# nested json
select repeat('[', 100000)::json
--# nested json, closed
select (repeat('[', 6000) || repeat(']', 6000))::jsonb
--# wide json
select ('[' || repeat('1,', 20000000) || '1]')::jsonb
--# nested xml
select xmlparse(content repeat('<a>', 100000))
--# xml entities
select xmlparse(document '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]><a>&f;</a>')
--# factorial
select factorial(50000)
--# power
select 9.0 ^ 100000.0
--# numeric of digits
select (repeat('9', 100000) || '.0')::numeric * (repeat('9', 100000) || '.0')::numeric
--# numeric division
select 1::numeric / (repeat('9', 100000))::numeric
--# square root of digits
select sqrt(repeat('9', 60000)::numeric)
--# logarithm of digits
select ln(repeat('9', 100000)::numeric)
--# tsvector
select to_tsvector(repeat('word other ', 1000000))
--# text search headline
select ts_headline(repeat('word other ', 500000), 'word & other')
--# md5 of much
select md5(repeat('x', 500000000))
--# sort that spills
select * from readings a, generate_series(1, 50) g order by a.note, g
--# hash that spills
select count(distinct r.note || g) from readings r, generate_series(1, 50) g
--# window over much
select sum(value) over (order by note rows between unbounded preceding and unbounded following) from readings, generate_series(1, 20)
--# many columns
select r.*, r.*, r.*, r.*, r.*, r.*, r.*, r.*, r.*, r.* from readings r
--# many columns of a value
select «500×repeat('x', 10000),»1
--# one huge cell
select string_agg(repeat('x', 1000), '') from generate_series(1, 100000)
--# many huge cells
select repeat('é', 200000) from generate_series(1, 100)
--# control characters
select repeat(E'\x01', 500000)
--# emoji
select repeat('🙂', 250000)
--# cross join of the catalogue
select * from pg_proc a, pg_proc b, pg_proc c
--# sum over the cross join of the catalogue
select count(*) from pg_attribute a, pg_attribute b, pg_attribute c
--# correlated subqueries
select count(*) from readings a where (select count(*) from readings b where b.station = a.station and b.value > a.value) > 5
--# cube of many
select count(*) from readings group by cube (id, station, at, value, note)
--# unnest of arrays
select unnest(array_fill(1, array[1000, 1000])) from generate_series(1, 1000)
--# string_to_table
select string_to_table(repeat('x,', 10000000), ',')
--# regexp_matches of everything
select regexp_matches(repeat('ab', 3000000), '.', 'g')
--# translate of much
select replace(repeat('x', 10000000), 'x', repeat('y', 100))
--# intervals
select * from generate_series(timestamp '-infinity', timestamp 'infinity', interval '1 microsecond')
--# endless timestamps
select count(*) from generate_series('2000-01-01'::timestamp, '9999-01-01'::timestamp, '1 microsecond')
--# ranges
select range_agg(int4range(i, i + 1)) from generate_series(1, 10000000, 2) i
--# bit strings
select repeat('1', 100000000)::bit(100000000)
--# encode
select encode(repeat('x', 100000000)::bytea, 'base64')
--# format of much
select format('%s%s%s%s', repeat('x', 100000000), repeat('x', 100000000), repeat('x', 100000000), repeat('x', 100000000))
