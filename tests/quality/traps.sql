-- What breaks other tools: values, names, tables and constraints that are legal and odd.
create schema "Odd ""S""";
create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create domain percent as numeric check (value between 0 and 100);
create type mood as enum ('sad', 'ok', 'happy');
create table numbers (id int primary key, f8 float8, f4 float4, n numeric, i8 bigint, p percent, tiny smallint);
insert into numbers values
    (1, 'NaN', 'NaN', 'NaN', 9223372036854775807, 0, 1),
    (2, 'Infinity', 'Infinity', 1e30, -9223372036854775808, 100, -32768),
    (3, '-Infinity', 0.1, 1000000000000000000000000000001, 9007199254740993, 50.5, 32767),
    (4, -0.0, 0.1, 1.10, 9007199254740992, null, null),
    (5, 0.0, 0.2, 1.1, 0, 50.50, 0),
    (6, null, null, null, null, null, null);
create table texts (id int primary key, c char(5), v varchar(20), t text, ci text collate any_case, m mood, b bytea, nfc text, js json);
insert into texts values
    (1, 'ab', 'x', e'line\nbreak', 'Ann', 'sad', '\x00', e'\u00e9', '{"a":1}'),
    (2, 'ab   ', 'X', '', 'ANN', 'ok', '\x0001', e'e\u0301', '{"a": 1}'),
    (3, '', ' ', e' \t', 'bob', 'happy', '', e'e\u0301', '{"a":1}'),
    (4, null, null, null, null, null, null, null, null),
    (5, 'abcde', '%_\', $$it's "odd"\$$, 'Bob ', 'ok', '\xff', 'e', '[]');
create table times (id int primary key, tz timestamptz, ts timestamp, d date, i interval, t time);
insert into times values
    (1, 'infinity', 'infinity', 'infinity', '1 day', '24:00'), (2, '-infinity', '-infinity', '-infinity', '24 hours', '00:00'),
    (3, '2024-03-31 00:30+01', '2024-03-31 00:30', '2024-03-31', '-1 day', '12:00'),
    (4, '2024-03-31 23:30+02', '2024-03-31 23:30', '2024-04-01', null, null),
    (5, '2024-10-27 02:30+02', '2024-10-27 02:30', '0044-03-15 BC', '1 month', '12:00'),
    (6, '2024-10-27 02:30+01', '2024-10-27 02:30', null, '30 days', '12:00');
create table dst (at timestamptz);
insert into dst select timestamptz '2024-03-29 12:00+01' + g * interval '24 hours' from generate_series(0, 4) g;
create table late (at timestamptz);
insert into late values ('2024-03-30 23:30+00'), ('2024-03-31 22:30+00'), ('2024-04-01 22:30+00');
create table empty_table (id int, v text, at timestamptz, n numeric);
create table "Odd ""S"""."select" (id int primary key, "from" int, "Upper Case" text, "a""b" text, "ünï" text, "$1" text, "t.x" int);
insert into "Odd ""S"""."select" values (1, 1, 'a', 'q', 'u', 'd', 1), (2, null, 'a', null, 'u', 'd', 2), (3, 3, null, 'q', null, null, 2);
create table parted (id int, at date) partition by range (at);
create table parted_1 partition of parted for values from ('2024-01-01') to ('2024-02-01');
create table parted_2 partition of parted for values from ('2024-02-01') to ('2024-03-01');
insert into parted values (1, '2024-01-01'), (1, '2024-02-01'), (2, '2024-02-02'), (null, '2024-01-02');
create view seen as select id, n, n > 1.05 as big from numbers;
create materialized view frozen as select id, t from texts;
create table made (id int, twice int generated always as (id * 2) stored, who int generated always as identity);
insert into made (id) values (1), (2), (2), (null);
create table base (id int);
create table child () inherits (base);
insert into base values (1), (2);
insert into child values (2), (null);
create table tree (id int primary key, parent int, a int, b int);
insert into tree values (1, null, 1, 1), (2, 1, 1, null), (3, 9, 2, 1), (4, 3, null, null), (5, 5, 1, 1);
create table pairs (a int, b int, primary key (a, b));
insert into pairs values (1, 1), (1, 2), (2, 1);
create table float_parent (v numeric primary key);
insert into float_parent values (0.1), (0.10000000000000000001);
create table float_child (v float8);
insert into float_child values (0.1), (0.2), (null);
create table victim (id int primary key, s text);
insert into victim values (1, ''' or 1=1 --'), (2, '$1'), (3, '\'), (4, 'a;drop table victim'), (5, null);
create table dups (a int, b text, c float8, d json);
insert into dups values (1, null, 'NaN', '{}'), (1, null, 'NaN', '{}'), (1, 'x', 0.0, null), (1, 'x', -0.0, null), (2, null, null, null);
create table steps (n int, g int, v int);
insert into steps values (1, 1, 5), (2, 1, 5), (3, 1, 4), (4, 2, 1), (5, 2, null), (6, 2, 0), (7, 2, 2147483647);
create table seqs (n bigint, e bigint);
insert into seqs values (-9223372036854775808, 1), (9223372036854775807, 1), (null, 5), (0, 3);
create table one (v int, w numeric, at timestamptz);
insert into one values (7, 7, '2024-01-01 00:00+00');
analyze;
