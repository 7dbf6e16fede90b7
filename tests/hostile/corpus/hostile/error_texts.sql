--# integer
select secret::int from secrets.passwords
--# regclass
select secret::regclass from secrets.passwords
--# regproc
select secret::regproc from secrets.passwords
--# regprocedure
select (secret || '(int)')::regprocedure from secrets.passwords
--# regoper
select secret::regoper from secrets.passwords
--# regoperator
select (secret || '(int,int)')::regoperator from secrets.passwords
--# regtype
select secret::regtype from secrets.passwords
--# regrole
select secret::regrole from secrets.passwords
--# regnamespace
select secret::regnamespace from secrets.passwords
--# regconfig
select to_tsvector(secret::regconfig, 'x') from secrets.passwords
--# regdictionary
select secret::regdictionary from secrets.passwords
--# regcollation
select secret::regcollation from secrets.passwords
--# date
select secret::date from secrets.passwords
--# interval
select secret::interval from secrets.passwords
--# numeric
select secret::numeric from secrets.passwords
--# boolean
select secret::boolean from secrets.passwords
--# uuid
select secret::uuid from secrets.passwords
--# inet
select secret::inet from secrets.passwords
--# json
select secret::json from secrets.passwords
--# jsonpath
select (secret || '"')::jsonpath from secrets.passwords
--# xml
select xmlparse(document secret) from secrets.passwords
--# enum
select secret::order_status from secrets.passwords
--# array
select secret::int[] from secrets.passwords
--# range
select secret::int4range from secrets.passwords
--# point
select secret::point from secrets.passwords
--# bit string
select secret::bit(3) from secrets.passwords
--# bytea
select ('\x' || secret)::bytea from secrets.passwords
--# money
select secret::money from secrets.passwords
--# record
select ('(' || secret || ')')::address from secrets.passwords
--# domain
select (length(secret) + 100)::percentage from secrets.passwords
--# time zone
select now() at time zone secret from secrets.passwords
--# unit of a date
select date_trunc(secret, now()) from secrets.passwords
--# field of a date
select date_part(secret, now()) from secrets.passwords
--# encoding
select encode('x', secret) from secrets.passwords
--# conversion
select convert_to('x', secret) from secrets.passwords
--# setting
select current_setting(secret) from secrets.passwords
--# identifier
select parse_ident('.' || secret) from secrets.passwords
--# size
select pg_size_bytes(secret) from secrets.passwords
--# regular expression
select 'x' ~ ('(' || secret) from secrets.passwords
--# regular expression flag
select regexp_matches('x', 'x', secret) from secrets.passwords
--# text search query
select to_tsquery(secret || ' &&& x') from secrets.passwords
--# tsquery
select (secret || ' & | (')::tsquery from secrets.passwords
--# format
select format('%' || secret, 'x') from secrets.passwords
--# privilege
select has_table_privilege('customers', secret) from secrets.passwords
--# privilege of a relation
select has_table_privilege(secret, 'select') from secrets.passwords
--# privilege of a role
select pg_has_role(secret, 'usage') from secrets.passwords
--# sequence
select pg_get_serial_sequence('customers', secret) from secrets.passwords
--# size of a relation
select pg_relation_size(secret::regclass) from secrets.passwords
--# normal form
select normalize(secret, nfc)::int from secrets.passwords
--# number pattern
select to_number(secret, '999') from secrets.passwords
--# date pattern
select to_date(secret, 'YYYY-MM-DD') from secrets.passwords
--# xpath
select xpath('///' || secret, '<a/>') from secrets.passwords
--# json path
select jsonb_path_query('{}', ('strict $.' || secret)::jsonpath) from secrets.passwords
--# json field
select jsonb_set('{"a": 1}', array[secret, secret], '1') from secrets.passwords
--# json record
select * from jsonb_populate_record(null::products, (select jsonb_build_object('id', secret) from secrets.passwords limit 1))
--# cast in a condition
select count(*) from secrets.passwords where secret::int = 1
--# cast in an order
select 1 from secrets.passwords order by secret::regtype
--# cast in an explain
explain analyze select secret::regoper from secrets.passwords
--# cast of a constant from a subquery
select (select secret from secrets.passwords limit 1)::regoper
--# cast of an aggregate
select max(secret)::regoper from secrets.passwords
--# acl
select secret::aclitem from secrets.passwords
--# lsn
select secret::pg_lsn from secrets.passwords
--# snapshot
select secret::pg_snapshot from secrets.passwords
--# tid
select secret::tid from secrets.passwords
--# oid
select secret::oid from secrets.passwords
--# char of a code
select chr(-length(secret)) from secrets.passwords
