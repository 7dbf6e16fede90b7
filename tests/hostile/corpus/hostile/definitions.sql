--# create table
create table left_behind (id int)
--# create temporary table
create temp table left_behind (id int)
--# drop table
drop table customers cascade
--# alter table
alter table customers add column x int
--# alter table disable row security
alter table guarded disable row level security
--# create index
create index left_behind on customers (name)
--# create index concurrently
create index concurrently left_behind on customers (name)
--# drop index
drop index customers_email
--# reindex
reindex table customers
--# reindex system
reindex system trap
--# cluster
cluster customers using customers_pkey
--# vacuum
vacuum full customers
--# vacuum analyze
vacuum (analyze, verbose) customers
--# analyze
analyze customers
--# create view
create view left_behind as select * from customers
--# create or replace view
create or replace view open_orders as select leave_volatile('view')
--# create materialized view
create materialized view left_behind as select 1
--# create function
create function left_behind() returns int language sql as 'select 1'
--# create function in temp
create function pg_temp.left_behind() returns int language sql as 'select 1'
--# create procedure
create procedure left_behind() language sql as 'delete from customers'
--# create trigger
create trigger left_behind before insert on customers for each row execute function leave_trigger()
--# create event trigger
create event trigger left_behind on ddl_command_end execute function leave_event()
--# create rule
create rule left_behind as on insert to customers do instead nothing
--# create policy
create policy left_behind on customers using (true)
--# create role
create role left_behind superuser login
--# create user
create user left_behind password 'x'
--# alter role
alter role analyst superuser
--# alter user
alter user postgres password 'x'
--# grant role
grant pg_execute_server_program to analyst
--# grant
grant all on all tables in schema public to public
--# revoke
revoke all on customers from public
--# alter default privileges
alter default privileges grant all on tables to public
--# reassign owned
reassign owned by postgres to analyst
--# drop owned
drop owned by analyst
--# create database
create database left_behind
--# drop database
drop database if exists template1
--# alter database
alter database trap set search_path = pg_temp
--# create schema
create schema left_behind create table t (id int)
--# create extension
create extension if not exists pg_freespacemap
--# drop extension
drop extension pg_trgm cascade
--# alter extension
alter extension pg_trgm update
--# create server
create server left_behind foreign data wrapper file_fdw
--# create user mapping
create user mapping for analyst server files
--# import foreign schema
import foreign schema public from server loopback into public
--# create foreign table
create foreign table left_behind (line text) server files options (filename '«dir»/secret.txt')
--# create publication
create publication left_behind for all tables
--# create subscription
create subscription left_behind connection 'host=127.0.0.1' publication p with (connect = false)
--# drop subscription
drop subscription kept
--# create sequence
create sequence left_behind
--# alter sequence
alter sequence numbers restart
--# create type
create type left_behind as (a int)
--# alter type
alter type order_status add value 'lost'
--# create domain
create domain left_behind as int check (leave_volatile('domain'))
--# create cast
create cast (text as int) with inout as implicit
--# create operator
create operator <~> (leftarg = text, rightarg = text, function = leave_two)
--# create aggregate
create aggregate left_behind (text) (sfunc = leave_state, stype = text)
--# create statistics
create statistics left_behind on name, country from customers
--# create tablespace
create tablespace left_behind location '«dir»'
--# create language
create language plperlu
--# create transform
create collation left_behind from "C"
--# create text search configuration
create text search configuration left_behind (copy = simple)
--# comment
comment on table customers is 'x'
--# security label
security label on table customers is 'x'
--# load
load '«dir»/evil.so'
--# lock
lock table customers in access exclusive mode
--# lock, share
lock customers in share mode
--# checkpoint
checkpoint
