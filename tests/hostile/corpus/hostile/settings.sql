--# set
set work_mem = '1GB'
--# set local
set local statement_timeout = 0
--# set session
set session statement_timeout = 0
--# set role
set role analyst
--# set session authorization
set session authorization analyst
--# set time zone
set time zone 'UTC'
--# set names
set names 'latin1'
--# set search_path
set search_path = pg_temp
--# reset
reset all
--# reset role
reset role
--# reset session authorization
reset session authorization
--# discard
discard all
--# discard plans
discard plans
--# alter system
alter system set work_mem = '1GB'
--# alter system reset
alter system reset all
--# set_config for the session
select set_config('work_mem', '1GB', false)
--# set_config for the transaction
select set_config('statement_timeout', '0', true)
--# set_config of the search path
select set_config('search_path', 'pg_temp', false)
--# set_config of the role
select set_config('role', 'analyst', false)
--# set_config of standard strings
select set_config('standard_conforming_strings', 'off', true)
--# set_config in from
select * from set_config('work_mem', '1GB', false)
--# set_config in where
select 1 from customers where set_config('work_mem', '1GB', false) is not null
--# set_config in an order by
select * from customers order by set_config('work_mem', '1GB', false)
--# set_config in a CTE
with s as materialized (select set_config('work_mem', '1GB', false)) select * from s
--# set_config in a lateral
select * from customers c, lateral set_config('my.' || c.id, 'x', false)
--# set_config quoted
select "set_config"('work_mem', '1GB', false)
--# set_config with names
select set_config(setting_name => 'work_mem', new_value => '1GB', is_local => false)
--# set_config of a custom setting
select set_config('my.mark', 'left behind', false)
--# set_config of logging
select set_config('log_statement', 'none', false)
--# set_config of the row security
select set_config('row_security', 'off', false)
--# seed
select setseed(0.5), random()
--# client encoding
select set_config('client_encoding', 'SQL_ASCII', false)
--# reload
select pg_reload_conf()
--# secret setting; refused
select current_setting('primary_conninfo')
--# secret setting, missing ok; refused
select current_setting('primary_conninfo', true)
--# show a secret setting; refused
show primary_conninfo
--# secret setting in pg_settings
select setting from pg_settings where name = 'primary_conninfo'
--# secret setting in show all
show all
--# secret setting by show_all_settings
select name, setting from pg_show_all_settings() where name = 'primary_conninfo'
--# secret setting with a computed name
select current_setting('primary_' || 'conninfo')
--# secret setting of every name
select name, current_setting(name, true) from pg_settings where name like 'primary%'
--# settings of roles
select setconfig from pg_db_role_setting
--# settings in pg_roles
select rolname, rolconfig from pg_roles where rolconfig is not null
--# ssl passphrase; refused
select current_setting('ssl_passphrase_command')
--# archive command; refused
show archive_command
--# config by pg_config
select * from pg_config()
--# config by view
select * from pg_config
