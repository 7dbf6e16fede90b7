--# pg_authid; refused
select * from pg_authid
--# pg_authid by its schema; refused
select rolpassword from pg_catalog.pg_authid
--# pg_authid by table; refused
table pg_authid
--# pg_authid quoted; refused
select * from "pg_authid"
--# pg_authid in unicode; refused
select * from U&"pg\005fauthid"
--# pg_authid in upper case; refused
select * from PG_AUTHID
--# pg_authid in a subquery; refused
select (select string_agg(rolpassword, ',') from pg_authid)
--# pg_authid in exists; refused
select 1 where exists (select 1 from pg_authid where rolpassword like 'SCRAM%')
--# pg_authid in a join; refused
select a.rolpassword from pg_roles r join pg_authid a on a.oid = r.oid
--# pg_authid behind a CTE of its name; refused
with pg_authid as (select * from pg_authid) select * from pg_authid
--# pg_authid after a CTE elsewhere; refused
select * from (with pg_authid as (select 1) select * from pg_authid) x, pg_authid
--# pg_authid with its schema beside a CTE; refused
with pg_authid as (select 1) select * from pg_catalog.pg_authid
--# pg_authid sampled; refused
select * from pg_authid tablesample system (100)
--# pg_authid only; refused
select * from only pg_authid
--# pg_authid with star; refused
select * from pg_authid *
--# pg_authid in rows; refused
select to_json(a) from pg_authid a
--# pg_authid, whole row; refused
select a::text from pg_authid a
--# pg_authid with its database; refused
select * from trap.pg_catalog.pg_authid
--# pg_authid in a lateral; refused
select * from customers, lateral (select rolpassword from pg_authid limit 1) x limit 1
--# pg_authid in a set operation; refused
select name from customers union select rolpassword from pg_authid
--# pg_authid in an explain; refused
explain (analyze, verbose) select * from pg_authid where rolpassword > 'SCRAM'
--# pg_shadow; refused
select * from pg_shadow
--# pg_shadow, one column; refused
select passwd from pg_shadow
--# pg_user_mapping; refused
select umoptions from pg_user_mapping
--# pg_user_mappings; refused
select * from pg_user_mappings
--# user mapping options; refused
select * from information_schema.user_mapping_options
--# user mappings of postgres_fdw in the information schema; refused
select * from information_schema._pg_user_mappings
--# subscription; refused
select subconninfo from pg_subscription
--# subscription, whole; refused
select * from pg_subscription
--# statistic; refused
select * from pg_statistic
--# statistic, values; refused
select stavalues1 from pg_statistic where starelid = 'secrets.passwords'::regclass
--# statistic_ext_data; refused
select * from pg_statistic_ext_data
--# largeobject; refused
select * from pg_largeobject
--# view of secrets; refused
select * from view_of_authid
--# view of a view of secrets; refused
select * from view_of_view_of_authid
--# materialized view of secrets
select * from materialized_authid
--# hba; refused
select * from pg_catalog.pg_hba_file_rules
--# a function that returns secrets; refused
select secret_of_definer()
--# a function in from that returns secrets; refused
select * from secrets_of_definer()
--# password in an activity
select query from pg_stat_activity where query ilike '%password%'
--# definition of a subscription
select pg_describe_object('pg_subscription'::regclass, oid, 0), subconninfo from pg_subscription
--# server options
select srvoptions from pg_foreign_server; select * from pg_user_mapping
--# options by function; refused
select * from pg_options_to_table((select umoptions from pg_user_mapping limit 1))
--# ACL-less oracle; refused
select case when substr((select rolpassword from pg_authid limit 1), 1, 1) = 'S' then 1 / 0 end
--# wal receiver
select conninfo from pg_stat_wal_receiver union all select subconninfo from pg_subscription
--# by oid; refused
select * from pg_authid where oid = 10
--# by regclass text; refused
select query_to_xml('select * from ' || 1260::regclass, true, false, '')
--# by currtid
select currtid2('pg_authid', '(0,1)')
--# by pageinspect; refused
select tuple_data_split(1260, t_data, t_infomask, t_infomask2, t_bits) from heap_page_items(get_raw_page('pg_authid', 0))
--# by pgstattuple
select * from pgstattuple('pg_authid'); select * from pg_authid
--# settings of roles; refused
select * from pg_roles
--# settings of roles, as rows; refused
select to_json(r) from pg_roles r
--# settings of users; refused
table pg_user
--# options of foreign tables; refused
select ftoptions from pg_foreign_table
--# options of foreign tables by the standard; refused
select * from information_schema.foreign_table_options
--# options of wrappers; refused
select fdwoptions from pg_foreign_data_wrapper
