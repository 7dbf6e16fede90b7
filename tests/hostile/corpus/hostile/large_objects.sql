--# lo_create
select lo_create(0)
--# lo_create in from
select * from lateral lo_create(0) l
--# lo_creat
select lo_creat(-1)
--# lo_from_bytea
select lo_from_bytea(0, '\x6c656674')
--# lo_put
select lo_put(1000, 0, '\x6c656674')
--# lo_unlink
select lo_unlink(1000)
--# lo_unlink of all
select lo_unlink(oid) from pg_largeobject_metadata
--# lo_import
select lo_import('«dir»/secret.txt')
--# lo_import with an oid
select lo_import('«dir»/secret.txt', 1001)
--# lo_export
select lo_export(1000, '«dir»/exported')
--# lo_get; refused
select convert_from(lo_get(1000), 'utf8')
--# lo_open
select lo_open(1000, 393216)
--# lowrite
select lowrite(lo_open(1000, 131072), '\x6c656674')
--# loread; refused
select loread(lo_open(1000, 262144), 100)
--# lo_truncate
select lo_truncate(lo_open(1000, 131072), 0)
--# lo_truncate64
select lo_truncate64(lo_open(1000, 131072), 0)
--# pg_largeobject; refused
select convert_from(data, 'utf8') from pg_largeobject
--# pg_largeobject by its schema; refused
table pg_catalog.pg_largeobject
--# lo_manage
select lo_manage()
--# lo_oid
select lo_oid(lo_create(0)::lo)
--# in a case
select case when true then lo_create(0) end
--# in a filter
select count(*) filter (where lo_create(0) > 0) from customers
--# in an order by
select * from customers order by lo_unlink(1000)
--# in a default of lag
select lag(id, 1, lo_create(0)::int) over () from customers
