--# regex, nested quantifiers
select repeat('a', 40) || 'b' ~ '^(a+)+$'
--# regex, back references
select repeat('a', 5000) ~ '^(.*)\1\1\1\1\1b$'
--# regex, back references in depth
select repeat('a', 40) ~ '((a*)*\2)*b\1$'
--# regex, large bounds
select 'x' ~ '(((x{1,100}){1,100}){1,100})'
--# regex, many states
select 'x' ~ repeat('(x|y|z)*', 2000)
--# regex, alternation
select repeat('ab', 3000) ~ '^(a|b|ab)*c$'
--# regex, look ahead
select repeat('a', 2000) ~ '(?=(a+)+$)(?=(a+)+b)'
--# regex, replace
select regexp_replace(repeat('a', 100000), '(a*)*b', 'x', 'g')
--# regex, matches
select regexp_matches(repeat('a', 20000), '(.*)(.*)(.*)(.*)x', 'g')
--# regex, split
select regexp_split_to_array(repeat('a', 20000), '(a*)*b')
--# regex, over a table
select count(*) from readings where note ~ '^(.+)+(.+)+(.+)+#$'
--# similar to
select repeat('a', 3000) similar to '%a%a%a%a%a%a%a%a%a%a%b'
--# like with many wildcards
select repeat('a', 100000) like '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'
--# regex, class names
select 'x' ~ '[[:alpha:]]{1,255}{1,255}'
--# levenshtein over pairs
select count(*) from customers a, customers b, customers c where a.name || b.name || c.name like '%q%q%q%'
--# trigram over pairs
select count(*) from readings a, readings b where similarity(a.note, b.note) > 0.9
--# json path
select jsonb_path_query(jsonb_agg(i), '$[*] ? (@ like_regex "^(.+)+#$")') from generate_series(1, 1000000) i
--# json path, recursive
select jsonb_path_query((select jsonb_agg(jsonb_build_object('a', i)) from generate_series(1, 300000) i), '$.**.**.**')
--# full text query
select repeat('a ', 1000)::tsvector @@ repeat('!', 5000)::tsquery
--# phrase query
select to_tsvector(repeat('a b ', 10000)) @@ 'a <-> b <-> a <-> b <-> a <-> b'::tsquery
--# recursive paths
with recursive p(o, path) as (select origin, array[origin] from flights union all select f.destination, p.path || f.destination from p join flights f on f.origin = p.o) select count(*) from p
--# planning of many joins
select count(*) from customers a1 join customers a2 using (id) join customers a3 using (id) join customers a4 using (id) join customers a5 using (id) join customers a6 using (id) join customers a7 using (id) join customers a8 using (id) join customers a9 using (id) join customers a10 using (id) join customers a11 using (id) join customers a12 using (id)
--# hashes
select count(*) from generate_series(1, 100000000) i where md5(i::text) = 'x'
--# encryption
select crypt('x', gen_salt('bf', 31))
--# encryption, over rows
select count(*) from readings where crypt(note, '$2a$12$abcdefghijklmnopqrstuv') = ''
--# key derivation
select pgp_sym_encrypt('x', 'x', 's2k-count=65011712, s2k-mode=3')
--# numeric loops
select count(*) from generate_series(1, 3000000) i where exp(i::numeric % 100) < 0
--# gcd
select gcd(repeat('9', 50000)::numeric, repeat('7', 50000)::numeric)
--# dates
select count(*) from generate_series(1, 100000000) i where to_char(now() + i * interval '1 second', 'TMDay') = ''
--# nested loops of rows
select count(*) from readings a, readings b where a.note < b.note
--# sort of texts
select count(*) from (select note from readings a, generate_series(1, 30) order by md5(note) collate "C") x
--# size of everything
select sum(pg_relation_size(c.oid)) from pg_class c, pg_class d, pg_class e
