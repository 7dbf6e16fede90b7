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
--# growth by a column
select translate(repeat('a', n), repeat('b', n), 'c') from (values (100000)) v(n)
--# growth by a figure of a subquery
select lpad('x', s.n), lpad('y', s.n) from (select 268435000 as n) s
--# growth by a common table
with w (n) as (select 100000) select btrim(repeat('a', n), repeat('b', n) || 'a') from w
--# growth by time
select length(upper(repeat('x', extract(epoch from now())::int / 2)))
--# growth by copies of copies
select length(reverse(x || x || x || x)) from (select x || x || x || x as x from (select repeat('é', 5000000) as x offset 0) s offset 0) s
--# arrays that overlap
select array_fill(1, array[100000]) && array_fill(2, array[100000])
--# keys out of a document
select jsonb_object_agg('k' || g, g) - array_agg('k' || g) from generate_series(1, 100000) g
--# passes over a long text
select length(upper(lower(upper(lower(upper(lower(repeat('x', 10000000))))))))
--# padding by a type
select length('x'::char(10485760) || 'y'::char(10485760) || 'z'::char(10485760)), upper('x'::char(10485760)), lower('y'::char(10485760))
--# paths that are near
select p <-> p from (select path('[' || string_agg('(' || g || ',' || g % 97 || ')', ',') || ']') as p from generate_series(1, 20000) g) s
--# texts that double by level
select length(x) from «30×(select x || x as x from »(select 'a' as x) s«30×) s»
--# figures that double by level
select x from «30×(select x + x as x from »(select id as x from customers) s«30×) s»
