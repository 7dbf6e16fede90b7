--# json access
select payload -> 'user', payload ->> 'path', payload #> '{tags,1}', payload #>> '{tags,0}', payload['user'] from events order by id limit 5
--# json tests
select count(*) from events where payload @> '{"user": 3}' and payload ? 'path' and payload ?| array['x', 'user'] and payload ?& array['user', 'path']
--# json path
select count(*) from events where payload @? '$.tags[*] ? (@ == 1)' and payload @@ '$.user > 2'
--# json path functions
select jsonb_path_query(payload, '$.tags[*]'), jsonb_path_exists(payload, '$.user'), jsonb_path_query_first(payload, '$.path'), jsonb_path_query_array(payload, '$.tags[*]') from events order by id limit 4
--# json building
select jsonb_build_object('id', id, 'name', name), to_jsonb(tags), json_build_array(1, 'a', null), row_to_json(c) from customers c order by id limit 2
--# json aggregates
select category, jsonb_agg(name order by id), jsonb_object_agg(id, price order by id) from products group by category order by category
--# json taken apart
select key, value from products, jsonb_each(attributes) where id = 1 order by key
--# json keys and elements
select jsonb_object_keys(attributes), jsonb_typeof(attributes), jsonb_array_length(attributes -> 'sizes') from products where id = 1 order by 1
--# json elements
select p.id, s.value::int from products p, jsonb_array_elements_text(p.attributes -> 'sizes') s order by 1, 2 limit 6
--# json to records
select * from jsonb_to_recordset('[{"a": 1, "b": "x"}, {"a": 2}]') as r (a int, b text)
--# json populated
select * from jsonb_populate_record(null::products, '{"id": 9, "name": "x"}')
--# json changed
select jsonb_set('{"a": 1}', '{b}', '2'), '{"a": 1, "b": 2}'::jsonb - 'a', jsonb_strip_nulls('{"a": null}'), '{"a": 1}'::jsonb || '{"b": 2}', jsonb_pretty('{"a": 1}')
--# json_table; since=17
select * from json_table('[{"a": 1}, {"a": 2}]', '$[*]' columns (n for ordinality, a int path '$.a'))
--# json query functions; since=17
select json_value('{"a": 1}', '$.a' returning int), json_query('{"a": [1]}', '$.a'), json_exists('{"a": 1}', '$.b')
--# json constructors; since=16
select json_object('a': 1, 'b': 2), json_array(1, 2), json_objectagg(id: name) from products where id = 1 group by id
--# is json; since=16
select '{}' is json object, '[' is json
--# arrays
select tags[1], array_length(tags, 1), cardinality(tags), array_position(tags, 'u1'), tags || 'x'::text, tags[1:1] from customers order by id limit 3
--# array tests; is=100
select count(*) from customers where tags && array['t1']
--# array contains
select count(*) from customers where tags @> array['t1', 'u1'] and 't1' = any (tags)
--# array functions
select array_append(array[1], 2), array_cat(array[1], array[2]), array_remove(array[1, 2], 1), array_replace(array[1, 2], 1, 3), array_to_string(array[1, 2], ','), string_to_array('a,b', ',')
--# array of arrays
select array[[1, 2], [3, 4]], (array[[1, 2], [3, 4]])[2][1], array_dims(array[[1, 2], [3, 4]])
--# array from aggregates
select array_agg(id order by id desc) from products where id <= 5
--# trim an array
select trim_array(array[1, 2, 3], 1), array_fill(0, array[3]), generate_subscripts(array[5, 6], 1)
--# ranges
select id, lower(during), upper(during), during @> timestamptz '2024-05-02 00:30+00', isempty(during) from bookings order by id limit 5
--# range overlap
select a.id, b.id from bookings a join bookings b on a.id < b.id and a.during && b.during order by 1, 2 limit 5
--# range functions
select int4range(1, 5) * int4range(3, 9), int4range(1, 5) + int4range(5, 9), int4range(1, 5) -|- int4range(5, 9), daterange('2024-01-01', '2024-02-01', '[]')
--# multiranges
select range_agg(during) from bookings where room = 1
--# multirange of literals
select '{[1,3), [5,9)}'::int4multirange @> 6, unnest('{[1,3), [5,9)}'::int4multirange)
--# dates
select date '2024-02-28' + 2, date '2024-03-01' - date '2024-02-01', date_part('dow', date '2024-01-01'), extract(isodow from date '2024-01-01'), make_date(2024, 2, 29)
--# intervals
select interval '1 day 2 hours' * 3, justify_interval(interval '40 days'), age(timestamp '2024-03-01', timestamp '2020-02-29'), make_interval(days => 3, hours => 2), interval '3' day
--# truncation
select date_trunc('week', timestamp '2024-05-15 10:11:12'), date_bin('15 minutes', timestamp '2024-05-15 10:11:12', timestamp '2024-01-01'), date_trunc('hour', timestamptz '2024-05-15 10:11:12+02', 'Europe/Berlin')
--# time zones
select timestamptz '2024-07-01 12:00+00' at time zone 'America/New_York', timestamp '2024-07-01 12:00' at time zone 'UTC', timezone('Asia/Tokyo', timestamptz '2024-07-01 12:00+00')
--# now; varies
select now() > timestamptz '2024-01-01 00:00+00', current_date > date '2024-01-01', localtimestamp > timestamp '2024-01-01', clock_timestamp() >= now(), statement_timestamp() >= transaction_timestamp()
--# overlaps
select (date '2024-01-01', date '2024-02-01') overlaps (date '2024-01-15', interval '1 month')
--# formats
select to_char(timestamp '2024-05-15 10:11:12', 'YYYY-MM-DD HH24:MI'), to_char(1234.5, 'FM9,999.00'), to_date('15.05.2024', 'DD.MM.YYYY'), to_timestamp(0), to_number('1,234', '9,999')
--# texts
select upper('a'), lower('B'), length('abc'), substr('abcdef', 2, 3), left('abc', 2), right('abc', 2), replace('aba', 'a', 'c'), split_part('a-b-c', '-', 2), lpad('7', 3, '0'), reverse('abc'), position('b' in 'abc')
--# more texts
select substring('abcdef' from 2 for 3), trim(both 'x' from 'xax'), overlay('abcdef' placing 'XX' from 2), btrim('  a '), concat('a', 1, null), concat_ws('-', 'a', null, 'b'), strpos('abc', 'c'), repeat('ab', 3), translate('abc', 'ab', 'xy'), starts_with('abc', 'a')
--# format
select format('%s is %I and %L', 'a', 'b c', 'd''e'), format('%2$s %1$s', 'a', 'b'), format('%-10s|', 'x'), quote_ident('A b'), quote_literal('x'), quote_nullable(null)
--# regular expressions
select 'abc' ~ '^a.c$', 'ABC' ~* 'abc', 'abc' !~ 'x', regexp_replace('a1b22', '\d+', '#', 'g'), regexp_matches('a1b22', '(\d+)', 'g'), substring('foo42' from '\d+'), regexp_split_to_array('a,b;c', '[,;]')
--# regular expressions of 15; since=15
select regexp_count('banana', 'a'), regexp_instr('banana', 'n'), regexp_substr('banana', 'n.'), regexp_like('banana', '^b')
--# similar and like
select 'abc' similar to '(a|x)%', 'a_c' like 'a\_c', 'a%c' like 'a!%c' escape '!', 'ABC' ilike 'a%', 'abc' not like 'b%'
--# numbers
select round(2.567, 2), ceil(1.2), floor(1.8), trunc(1.29, 1), abs(-1), mod(7, 3), power(2, 10), sqrt(16), exp(0), ln(1), log(100), sign(-3), gcd(12, 18), lcm(4, 6), div(7, 2), width_bucket(5, 0, 10, 5), pi()
--# operators of numbers
select 7 / 2, 7 % 3, 2 ^ 3, |/ 16, @ -5, 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 3, 8 >> 1, -(-1)
--# casts
select '1'::int, cast('2' as numeric(5, 2)), 3::text, '{1,2}'::int[], 'true'::boolean, '2024-01-01'::date, 1.5::int, '1 day'::interval, 65::"char"
--# typed literals
select date '2024-01-01', time '10:00', timestamp '2024-01-01 00:00', interval '1' year, numeric '1.5', bool 'yes', jsonb '{"a": 1}', b'101', x'1F'
--# strings in all spellings; is=datadata
select U&'d\0061t\+000061' || U&'d!0061ta' uescape '!', E'a\tb\'c', $$it's$$, $tag$ $$ ; $tag$, 'it''s', n'x'
--# concatenated lines; is=ab
select 'a'
 'b'
--# bytes
select encode('abc'::bytea, 'hex'), decode('616263', 'hex'), '\x6162'::bytea || '\x63', get_byte('abc'::bytea, 0), sha256('abc'), md5('abc'), length('abc'::bytea)
--# networks
select inet '192.168.0.1/24' << inet '192.168.0.0/16', host(inet '10.0.0.1/8'), network(inet '10.1.2.3/8'), masklen(inet '10.0.0.0/8'), macaddr '08:00:2b:01:02:03'
--# geometry
select point(1, 2) <-> point(4, 6), circle(point(0, 0), 2) @> point(1, 1), area(box(point(0, 0), point(2, 3))), point '(1,2)'
--# uuid and bits
select uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', b'101' & b'011', bit_length('abc'), bit_count('\x0f'::bytea)
--# full text; is=50
select count(*) from articles where search @@ to_tsquery('english', 'fox & dog')
--# full text, ranked
select id, ts_rank(search, q) as rank from articles, plainto_tsquery('english', 'quick fox') q where search @@ q order by rank desc, id limit 5
--# full text, headline
select ts_headline('english', body, websearch_to_tsquery('english', '"brown fox" -cat')) from articles order by id limit 2
--# full text, functions
select to_tsvector('simple', 'a b c'), phraseto_tsquery('english', 'brown fox'), setweight(to_tsvector('a'), 'A'), tsvector_to_array('a b'::tsvector), numnode('a & b'::tsquery), ts_rank_cd('a b'::tsvector, 'a & b')
--# trigrams
select name, similarity(name, 'Customer 12') as s from customers where name % 'Customer 12' order by s desc, name limit 5
--# trigrams, functions
select word_similarity('word', 'two words'), strict_word_similarity('word', 'two words'), show_trgm('cat')
--# trigrams, distance
select name from customers order by name <-> 'Customer 77', name limit 3
--# xml
select xmlelement(name a, xmlattributes(1 as b), 'c'), xmlforest(1 as a, 2 as b), xmlconcat('<a/>', '<b/>'), xpath('/a/text()', '<a>x</a>')
--# xml table
select * from xmltable('/r/x' passing xml '<r><x i="1">a</x><x i="2">b</x></r>' columns i int path '@i', t text path '.')
--# xml aggregate
select xmlagg(xmlelement(name p, name) order by id) from products where id < 4
--# collation
select name from products order by name collate "C" desc limit 3
--# normalization
select normalize(U&'a\0308', nfc) = U&'\00e4', 'ä' is nfc normalized, ascii('a'), chr(228), collation for ('a'::text)
--# unicode text
select 'Grüße, 世界 🙂' as "ünïcode", char_length('世界'), octet_length('世界')
--# digests
select md5('a'), sha224('a'::bytea), sha512('a'::bytea) is not null
--# checksums; since=18
select crc32('abc'), crc32c('abc'), reverse('abc'::bytea)
