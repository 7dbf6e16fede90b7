--# wide format
select format('%1000000000s', 'x')
--# wide format, left
select format('%-1000000000s', 'x')
--# wide format by an argument
select format('%*s', 1000000000, 'x')
--# wide format by a position
select format('%1$*2$s', 'x', 1000000000)
--# wide format, computed
select format('%' || 1000000000 || 's', 'x')
--# wide format, concatenated
select format('%' || '10' || repeat('0', 8) || 's', 'x')
--# wide format in a CTE
with w as (select '%1000000000s' as f) select format(f, 'x') from w
--# wide format by a parameter
select format($1, 'x')
--# wide format from rows
select format('%' || id || '00000000s', 'x') from customers
--# wide format in depth
select length(format('%800000000s', format('%s', 'x')))
--# many wide formats
select format('%90000000s%90000000s%90000000s%90000000s%90000000s%90000000s%90000000s%90000000s', 1, 2, 3, 4, 5, 6, 7, 8)
--# wide format in unicode
select format(U&'\00251000000000s', 'x')
--# wide format by a dollar quote
select format($x$%1000000000s$x$, 'x')
--# wide format by an escape
select format(E'\x251000000000s', 'x')
--# wide format, quoted function
select "format"('%1000000000s', 'x')
--# wide format, variadic
select format('%*s', variadic array['1000000000', 'x'])
--# to_char of a wide pattern
select to_char(1, repeat('9', 100000000))
--# to_char of a wide date pattern
select to_char(now(), repeat('TMMonth', 10000000))
--# lpad wide
select lpad('x', 1000000000, 'abc')
--# repeat wide
select repeat('abc', 350000000)
--# overlay wide
select overlay(repeat('x', 500000000) placing 'y' from 1)
--# array concatenation
select array_fill(1, array[120000000]) || array_fill(1, array[1])
--# string_agg with wide separators
select string_agg('x', repeat('y', 50000000)) from generate_series(1, 20)
--# numeric text
select (1::numeric / 3)::numeric(1000, 999) ^ 300
--# numeric power
select 10::numeric ^ 131071 * 10::numeric ^ 131071
--# factorial wide
select factorial(32177)
--# bit shift
select repeat('1', 200000000)::varbit << 1
--# nested comments of 60 kB
select 1 «15000×/*»«15000×*/»
--# reverse
select reverse(repeat('é', 250000000))
--# translate
select translate(repeat('x', 300000000), 'x', 'y')
--# jsonb text
select repeat('x', 250000000)::text::varchar::json
--# crc
select hashtext(repeat('x', 900000000))
--# pg_column_size
select pg_column_size(repeat('x', 900000000))
--# xml text
select xmlelement(name a, repeat('<', 200000000))
--# unnest of a text
select count(*) from unnest(string_to_array(repeat('x,', 100000000), ','))
