-- Code and relations that would leave a mark if a statement reached them. A mark is a file: COPY TO writes one in a
-- read-only transaction too, and no rollback removes it.
create schema trap;
create function leave_volatile(mark text) returns boolean language plpgsql volatile security definer as
$$ begin execute format('copy (select 1) to %L', '«dir»/volatile'); return true; end $$;
create function leave_stable(mark text) returns boolean language plpgsql stable as $$ begin return public.leave_volatile(mark); end $$;
create function leave_immutable(mark text) returns boolean language plpgsql immutable as $$ begin return public.leave_volatile(mark); end $$;
create function leave_definer(mark text) returns boolean language plpgsql stable security definer as $$ begin return public.leave_volatile(mark); end $$;
create function trap.leave_elsewhere(mark text) returns boolean language plpgsql stable as $$ begin return public.leave_volatile(mark); end $$;
create function leave_default(mark text default 'x') returns boolean language plpgsql stable as $$ begin return public.leave_volatile(mark); end $$;
create function leave_variadic(variadic marks text[]) returns boolean language plpgsql stable as $$ begin return public.leave_volatile('x'); end $$;
create function leave_any(mark anyelement) returns anyelement language plpgsql stable as $$ begin perform public.leave_volatile('x'); return mark; end $$;
create function leave_sql(mark text) returns boolean language sql stable as $$ select public.leave_volatile(mark) $$;
create function leave_atomic(mark text) returns boolean language sql stable begin atomic select public.leave_volatile(mark); end;
create function leave_table(mark text) returns table (a int, b text) language plpgsql stable rows 1 as $$ begin perform public.leave_volatile(mark); a := 1; b := mark; return next; end $$;
create function leave_two(a text, b text) returns boolean language plpgsql stable as $$ begin return public.leave_volatile(a); end $$;
create function leave_number(mark text) returns float8 language plpgsql stable as $$ begin perform public.leave_volatile(mark); return 1; end $$;
create function leave_int(mark int) returns int language plpgsql stable as $$ begin perform public.leave_volatile('x'); return mark; end $$;
create function leave_row(c customers) returns boolean language plpgsql stable as $$ begin return public.leave_volatile('x'); end $$;
create function leave_state(state text, value text) returns text language plpgsql stable as $$ begin perform public.leave_volatile('x'); return value; end $$;
create function leave_final_of(state text) returns text language plpgsql stable as $$ begin perform public.leave_volatile('x'); return state; end $$;
create function quiet_state(state text, value text) returns text language sql immutable as $$ select value $$;
create function initcap(name varchar) returns text language plpgsql stable as $$ begin perform public.leave_volatile('x'); return name; end $$;
create function a_function_with_a_name_that_is_exactly_as_long_as_names_may_be_(mark text) returns boolean language plpgsql stable as $$ begin return public.leave_volatile(mark); end $$;
create function "a_function_with_a_name_that_is_cut_in_the_middle_of_a_letter_ä"(mark text) returns boolean language plpgsql stable as $$ begin return public.leave_volatile(mark); end $$;
create procedure leave_procedure(mark text) language plpgsql as $$ begin perform public.leave_volatile(mark); end $$;
create procedure commit_procedure(mark text) language plpgsql as $$ begin commit; perform public.leave_volatile(mark); end $$;
create function leave_trigger() returns trigger language plpgsql as $$ begin perform public.leave_volatile('x'); return new; end $$;
create function leave_event() returns event_trigger language plpgsql as $$ begin perform public.leave_volatile('x'); end $$;

create operator <<!>> (leftarg = text, rightarg = text, function = leave_two);
create operator !!! (rightarg = text, function = leave_volatile);
create function trap.plus(a text, b text) returns text language plpgsql stable as $$ begin perform public.leave_volatile('x'); return a; end $$;
create operator trap.+ (leftarg = text, rightarg = text, function = trap.plus);

create type label as (mark text);
create function label_of_text(mark text) returns label language plpgsql stable as $$ begin perform public.leave_volatile('x'); return row(mark)::label; end $$;
create cast (text as label) with function label_of_text(text);
create function label(mark text) returns label language plpgsql stable as $$ begin perform public.leave_volatile('x'); return row(mark)::label; end $$;
create type one as enum ('one');
create function number_of_one(one) returns int language plpgsql stable as $$ begin perform public.leave_volatile('x'); return 1; end $$;
create cast (one as int) with function number_of_one(one) as implicit;
create function json_of_one(one) returns json language plpgsql stable as $$ begin perform public.leave_volatile('x'); return '1'; end $$;
create cast (one as json) with function json_of_one(one);
create table labels (one one, label label);
insert into labels values ('one', row('x')::label);
create function takes_number(n int) returns int language sql immutable as $$ select n $$;
create function takes_number(l labels) returns int language plpgsql stable as $$ begin perform public.leave_volatile('x'); return 1; end $$;

create domain checked as text check (public.leave_stable(value));
create domain checked_again as checked;
create type checked_row as (c checked);
create type checked_range as range (subtype = checked);
create aggregate leave_aggregate (text) (sfunc = leave_state, stype = text);
create aggregate leave_final (text) (sfunc = quiet_state, stype = text, finalfunc = leave_final_of);
create function leave_ordered_of(state text) returns text language plpgsql stable as $$ begin perform public.leave_volatile('x'); return state; end $$;
create aggregate leave_ordered (order by text) (sfunc = quiet_state, stype = text, finalfunc = leave_ordered_of);

create type mark as (m text);
create function mark_lt(mark, mark) returns boolean language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return $1.m < $2.m; end $$;
create function mark_le(mark, mark) returns boolean language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return $1.m <= $2.m; end $$;
create function mark_eq(mark, mark) returns boolean language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return $1.m = $2.m; end $$;
create function mark_ge(mark, mark) returns boolean language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return $1.m >= $2.m; end $$;
create function mark_gt(mark, mark) returns boolean language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return $1.m > $2.m; end $$;
create function mark_cmp(mark, mark) returns int language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return case when $1.m < $2.m then -1 when $1.m > $2.m then 1 else 0 end; end $$;
create function mark_hash(mark) returns int language plpgsql immutable as $$ begin perform public.leave_volatile('x'); return 1; end $$;
create operator <! (leftarg = mark, rightarg = mark, function = mark_lt, commutator = >!);
create operator <=! (leftarg = mark, rightarg = mark, function = mark_le);
create operator = (leftarg = mark, rightarg = mark, function = mark_eq, commutator = =, hashes, merges);
create operator >=! (leftarg = mark, rightarg = mark, function = mark_ge);
create operator >! (leftarg = mark, rightarg = mark, function = mark_gt);
create operator class mark_order default for type mark using btree as
    operator 1 <!, operator 2 <=!, operator 3 =, operator 4 >=!, operator 5 >!, function 1 mark_cmp(mark, mark);
create operator class mark_hashing default for type mark using hash as operator 1 =, function 1 mark_hash(mark);
create table marks (mark mark);
insert into marks values (row('a')::mark), (row('b')::mark), (row('a')::mark);
create table indexed_marks (mark text);
insert into indexed_marks values ('a');
create index on indexed_marks (leave_immutable(mark));
create table partitioned_marks (mark mark) partition by list (mark);
create table partitioned_marks_a partition of partitioned_marks for values in ('(a)');

create view view_of_leave as select id, public.leave_stable(name) as mark from customers;
create view view_of_view_of_leave as select * from view_of_leave;
create view view_of_operator as select id from customers where name::text <<!>> 'x'::text;
create view view_of_definer as select public.leave_definer('x');
create view trap.view_elsewhere as select public.leave_volatile('x');
create table guarded (id int primary key, note text);
insert into guarded values (1, 'x');
alter table guarded enable row level security, force row level security;
create policy guard on guarded using (public.leave_stable(note));
create view view_of_guarded with (security_barrier) as select * from guarded;

-- Secrets. Whoever reads one shows a canary.
create role analyst login;
create role keeper password 'CANARY_PASSWORD';
alter role keeper set work_mem = '5MB';
create schema secrets;
create table secrets.passwords (secret text);
insert into secrets.passwords select 'CANARY_STATISTIC' from generate_series(1, 100);
analyze secrets.passwords;
create view view_of_authid as select rolname, rolpassword from pg_authid;
create view view_of_view_of_authid as select * from view_of_authid;
create function secret_of_definer() returns text language sql stable security definer as $$ select secret from secrets.passwords limit 1 $$;
create function secrets_of_definer() returns setof text language sql stable security definer as $$ select secret from secrets.passwords limit 1 $$;
create materialized view materialized_authid as select rolname from pg_authid;
select lo_from_bytea(1000, 'CANARY_LARGE_OBJECT');
create subscription kept connection 'host=127.0.0.1 port=1 password=CANARY_SUBSCRIPTION' publication kept
    with (connect = false, enabled = false, slot_name = none, create_slot = false);
create publication kept for table customers;
select pg_replication_origin_create('kept');
