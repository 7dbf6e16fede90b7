--# query_to_xml
select query_to_xml('select leave_volatile(''xml'')', true, false, '')
--# query_to_xml of a deletion
select query_to_xml('delete from customers returning *', true, false, '')
--# query_to_xml of a file; refused
select query_to_xml('select pg_read_file(''«dir»/secret.txt'')', true, false, '')
--# query_to_xml of secrets; refused
select query_to_xml('select rolpassword from pg_authid', true, false, '')
--# query_to_xml in from
select * from query_to_xml('select leave_volatile(''xml'')', true, false, '')
--# query_to_xml as a row
select * from xmltable('/table/row' passing query_to_xml('select leave_volatile(''xml'') as a', true, false, '') columns a text)
--# query_to_xmlschema
select query_to_xmlschema('select leave_volatile(''xml'')', true, false, '')
--# query_to_xml_and_xmlschema
select query_to_xml_and_xmlschema('select leave_volatile(''xml'')', true, false, '')
--# table_to_xml; refused
select table_to_xml('pg_authid', true, false, '')
--# table_to_xml_and_xmlschema; refused
select table_to_xml_and_xmlschema('pg_authid', true, false, '')
--# schema_to_xml; refused
select schema_to_xml('secrets', true, false, '')
--# database_to_xml; refused
select database_to_xml(true, false, '')
--# schema_to_xml_and_xmlschema; refused
select schema_to_xml_and_xmlschema('secrets', true, false, '')
--# cursor_to_xml
select cursor_to_xml('x', 1, true, false, '')
--# cursor_to_xmlschema
select cursor_to_xmlschema('x', true, false, '')
--# ts_stat
select * from ts_stat('select to_tsvector(leave_volatile(''ts_stat'')::text)')
--# ts_stat of a deletion
select * from ts_stat('with g as (delete from customers returning name) select to_tsvector(name) from g')
--# ts_stat with weights
select ts_stat('select to_tsvector(leave_volatile(''ts_stat'')::text)', 'a')
--# ts_stat of secrets; refused
select word from ts_stat('select to_tsvector(rolpassword) from pg_authid')
--# ts_rewrite
select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, leave_volatile(''ts_rewrite'')::text::tsquery')
--# ts_rewrite of a deletion
select ts_rewrite('a & b'::tsquery, 'with g as (delete from customers returning 1) select ''a''::tsquery, ''b''::tsquery')
--# crosstab
select * from crosstab('select 1, leave_volatile(''crosstab''), 3') as c(r int, v text)
--# crosstab of two queries
select * from crosstab('select 1, 2, 3', 'select leave_volatile(''crosstab'')') as c(r int, v text)
--# crosstab by hash
select * from crosstab2('select name, country, leave_volatile(''crosstab'')::text from customers')
--# connectby
select * from connectby('(select leave_volatile(''connectby'')::text as a, '''' as b) x', 'a', 'b', '', 0) as t(a text, b text, level int)
--# normal_rand
select * from normal_rand(1, 0, 1), crosstab('select leave_volatile(''x'')') c(a text)
--# connectby with a branch
select * from connectby('customers', 'id', 'leave_volatile(''connectby'')', '1', 0, '~') as t(id int, p int, level int, branch text)
--# in a case
select case when true then query_to_xml('select leave_volatile(''xml'')', true, false, '')::text end
--# statistics objects
select pg_get_statisticsobjdef_expressions(oid) from pg_statistic_ext; delete from customers
--# plpgsql's own evaluator
select plpgsql_inline_handler(null)
--# validator
select plpgsql_validator('leave_volatile'::regproc)
--# fmgr validator
select fmgr_sql_validator('leave_volatile(text)'::regprocedure)
