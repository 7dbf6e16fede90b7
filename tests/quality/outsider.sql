-- What somebody who had not read the other traps would plant.
set timezone='UTC';
create collation ci (provider=icu, locale='und-u-ks-level1', deterministic=false);
create domain posint as int check (value > 0);
create domain dtext as text;
create domain darr as int[];
create type color as enum ('zeta','alpha','mid');
create type pt as (x int, y int);
-- numbers
create table num(id int primary key, f8 float8, f4 float4, n numeric, n82 numeric(8,2), i2 smallint, i4 int, i8 bigint, m money, d posint);
insert into num values
(1,'NaN','NaN','NaN',1.005,32767,2147483647,9223372036854775807,'$1.00',1),
(2,'NaN','Infinity','Infinity',1.01,-32768,2147483647,9223372036854775807,'$1.00',1),
(3,1e308,3.4e38,'-Infinity',0,1,2147483647,9223372036854775806,'-$5.00',2),
(4,1e308,1e-45,0.1000000000000000000000000000000000001,-0.01,2,-2147483648,-9223372036854775808,null,null),
(5,-0.0,0.1,0.1,null,null,null,null,'$2.00',3),
(6,0.0,0.1,0.10,99999.99,3,0,0,'$3.00',4),
(7,5e-324,16777216,123456789012345678901234567890.123456789,5,5,5,9007199254740993,'$3.00',5),
(8,null,16777217,123456789012345678901234567890.123456789,5,5,5,9007199254740992,'$3.00',6);
-- text
create table txt(id int primary key, t text, c10 char(10), v varchar(5), ci text collate ci, de text collate "de-x-icu", dt dtext, col color, u uuid, by bytea, nm name, j json, jb jsonb, x xml, arr text[], ip inet, bits bit(4), iv int4range, p point, comp pt);
insert into txt values
(1,'a','a','a','Äpfel','ä','x','zeta','00000000-0000-0000-0000-000000000001','\x00','n','{"a":1,"a":2}','{"a":1}','<a/>','{a,b}','10.0.0.1','1010','[1,3)','(1,1)','(1,2)'),
(2,'a ','a   ','a ','apfel','z','x','alpha','00000000-0000-0000-0000-000000000001','\x','n','[1]','[1]','<a/>','{}','10.0.0.1/32','1010','[1,2]','(1,1)','(1,2)'),
(3,E'a\n','a',E'\n','APFEL','a','','mid',null,'\x0000','N','"s"','"s"','<b/>',null,'10.0.0.1/24','0000','empty',null,null),
(4,'','','','','ö',null,null,'ffffffff-ffff-ffff-ffff-ffffffffffff',null,'','null','null',null,'{NULL}','::1',null,null,null,null),
(5,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null),
(6,E'\u00a0','𝒳','𝒳𝒳',E'\u00c4','Ö',' x ','zeta','A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11','\xdeadbeef','_','{}','{"b":null}','<c/>','{a}','fe80::1','1111','[1,)','(0,0)','(,)'),
(7,'%','100%','_','A_b','O','%','mid',null,'\xff','%','{"b": {"c": null}}','{"b": {"c": null}}',null,'{"a,b"}',null,null,'(,)',null,null),
(8,E'\\','\','\\','e\u0301','o','$$','zeta',null,'\x5c','\','{"a":"\u0041"}','{"a":"A"}',null,null,null,null,null,null,null);
-- normalization
create table nfc(id int, s text);
insert into nfc values (1,E'\u00e9'),(2,E'e\u0301'),(3,E'\u212b'),(4,E'\u00c5'),(5,E'A\u030a'),(6,E'\ufb01'),(7,'fi'),(8,E'\u200bfi'),(9,null);
-- time
create table tm(id int primary key, tz timestamptz, ts timestamp, d date, t time, ttz timetz, iv interval);
insert into tm values
(1,'2024-03-10 06:59:59+00','2024-03-10 02:30','2024-02-29','23:59:59.999999','12:00+00','1 mon'),
(2,'2024-03-10 07:00:00+00','2024-03-10 02:30','2024-02-29','24:00','13:00+01','30 days'),
(3,'infinity','infinity','infinity','00:00','12:00+00','720:00:00'),
(4,'-infinity','-infinity','-infinity',null,null,null),
(5,'294276-12-31 23:59:59+00','294276-12-31','5874897-12-31','00:00','00:00-12','-178000000 years'),
(6,'4714-11-24 00:00:00+00 BC','4714-11-24 BC','4714-11-24 BC','00:00:00.000001','00:00+12','0'),
(7,null,null,null,null,null,null),
(8,'2024-11-03 05:30:00+00','2024-11-03 01:30','1999-12-31','12:00','12:00-05','1 day -24 hours'),
(9,'2024-11-03 06:30:00+00','2024-11-03 01:30','2000-01-01','12:00','12:00-05','00:00');
create table tick(at timestamptz, la timestamp);
insert into tick select '2024-03-09 00:00-05'::timestamptz + g*interval '1 day', '2024-03-09'::timestamp + g*interval '1 day' from generate_series(0,3) g where g<>2;
create table hourly(at timestamptz);
insert into hourly select '2024-03-10 05:00+00'::timestamptz + g*interval '1 hour' from generate_series(0,5) g;
create table months(d date); insert into months values ('2024-01-31'),('2024-02-29'),('2024-03-31'),('2024-05-31');
-- names
create schema "we""ird.sch';--";
create table "we""ird.sch';--"."ta.b""le"("order" int,"select" text,"a b" text,"COL" int,"col" int,"ctid2" int,"?" int, "é" int, "a.b" int, "$1" text, "''" text, "\" text, "count(*)" int);
insert into "we""ird.sch';--"."ta.b""le" values (1,'x','y',1,1,1,1,1,1,'d','q','b',3),(1,null,'y',2,1,null,1,null,1,'d','q','b',3);
create table "T"(id int); insert into "T" values (1),(1);
create table t(id int); insert into t values (1),(2);
-- empties
create table nocol(); insert into nocol default values;
create table empt(i int, t text, tz timestamptz, n numeric, j jsonb);
create table nulls(i int, t text, tz timestamptz, n numeric, j jsonb, f float8); insert into nulls select null from generate_series(1,5);
create table single(i int, tz timestamptz); insert into single values (42,'2020-01-01');
-- partitions
create table part(k int, region text, v int) partition by list(region);
create table part_a partition of part for values in ('a'); create table part_d partition of part default;
insert into part values (1,'a',1),(1,'b',1),(2,'a',null),(3,null,5);
create table psub(k int, d date, primary key(k,d)) partition by range(d);
create table psub1 partition of psub for values from ('2024-01-01') to ('2025-01-01') partition by hash(k);
create table psub1a partition of psub1 for values with (modulus 2, remainder 0); create table psub1b partition of psub1 for values with (modulus 2, remainder 1);
insert into psub select g,'2024-01-01'::date+g%2 from generate_series(1,10) g;
insert into psub values (1,'2024-06-01');
-- views, mat
create view v1 as select id, t, length(t) as len from txt where id < 5;
create view vagg as select count(*) c, sum(i4) s from num;
create materialized view mv as select id%3 k, id from num;
create unique index on mv(id);
-- generated, identity
create table gen(a int, b int generated always as (a*10) stored, c int generated by default as identity); insert into gen(a) values (1),(1),(null);
-- inheritance
create table inh(id int primary key, v int not null); create table inhc(extra int) inherits (inh);
insert into inh values (1,1),(2,1); insert into inhc values (1,2,1),(3,3,1);
-- fk
create table emp(id int primary key, boss int, dept int, team int);
insert into emp values (1,null,1,1),(2,1,1,2),(3,9,1,9),(4,4,null,1),(5,2,2,null),(6,6,9,9);
create table dep(dept int, team int, unique(dept,team)); insert into dep values (1,1),(1,2),(2,null),(2,1),(null,1);
create table bigk(k bigint); insert into bigk values (1),(2),(9007199254740993);
create table f8k(k float8); insert into f8k values (1),(9007199254740992),('NaN'),(3);
create table tk(k text); insert into tk values ('1'),('2 '),('x');
create table ck(k char(4) primary key); insert into ck values ('1'),('2'),('y');
create table cik(k text collate ci); insert into cik values ('APFEL'),('zz');
-- constraints that prove nothing
create table cons(id int, v int, w int); insert into cons values (1,1,1),(1,2,2),(2,null,3),(2,1,4);
create unique index on cons(w) where w>2; create unique index on cons((id*10+w)); alter table cons add constraint nn check (v is not null) not valid; alter table cons add constraint vpos check (w > 2) not valid;
create table deferr(id int unique deferrable initially deferred); insert into deferr values (1),(2);
-- overflow
create table ovf(a int, b int, c bigint); insert into ovf values (2147483647,1,9223372036854775807),(1,1,9223372036854775807),(0,0,1);
-- dup
create table dup(a int, b text, c numeric, d float8, e char(3)); insert into dup values (1,'x',1.0,0.0,'a'),(1,'x',1.00,-0.0,'a  '),(1,null,1,0,'a'),(1,null,1.000,0,'a'),(2,'x','NaN','NaN',null),(2,'x','NaN','NaN',null);
create table manydup as select (g%10) a, 'v'||(g%7) b from generate_series(1,1000) g;
create table fewdup as select case when g>9990 then g-9990 else g end id, md5((case when g>9995 then g-9995 else g end)::text) h, g::numeric/ (case when g>9990 then 0.1*10 else 1 end) n, timestamptz '2024-01-01'+ (g/2)*interval '1 hour' tz, (case when g=5 then 6 else g end)::text||' ' tx, (g%2=0) b, (case when g=9 then 10 else g end)::float8 f, ('10.0.'||(case when g=300 then 299 else g end)/256||'.'||(case when g=300 then 299 else g end)%256)::inet ip from generate_series(1,10000) g;
create table injection(id int primary key, v text); insert into injection values (1,$q$'; drop table injection; --$q$),(2,$q$\'; select pg_sleep(10); --$q$),(3,'$$'),(4,'%s {0} ${x}'),(5,E'\x01'),(6,null),(7,'normal');
create table rls(id int, v text); insert into rls values (1,null),(2,null),(3,'x');
create table ser(n int, g text); insert into ser values (1,'a'),(2,'a'),(4,'a'),(4,'a'),(10,'b'),(null,'b');
create table mono(id int, v float8, g text); insert into mono values (1,1,'a'),(2,1,'a'),(3,'NaN','a'),(4,5,'a'),(5,null,'b'),(6,-1,'b'),(7,0,null),(8,-5,null);
create table mail(e text); insert into mail values ('a@b.c'),('a@b'),('a@@b.c'),('@b.c'),('a@.c'),('a@b.'),('a b@c.d'),(E'a@b.c\n'),(E'a\u00a0@b.c'),('a@b.c.d'),('ä@ö.ü'),('a@b@c.d'),('a@..'),('a@b..c'),(''),(null),(E'\u2003a@b.c'),('a@...'),('.@...');
create table fmt(v text); insert into fmt values ('550e8400-e29b-41d4-a716-446655440000'),('{550e8400-e29b-41d4-a716-446655440000}'),('550e8400e29b41d4a716446655440000'),('10.0.0.256'),('10.0.0.1'),('::ffff:1.2.3.4'),('GB82WEST12345698765432'),('GB82 WEST 1234 5698 7654 32'),('GB83WEST12345698765432'),('4111111111111111'),('4111-1111-1111-1112'),('2024-02-30'),('2024-02-29'),('US0378331005'),('US0378331006'),(''),(null),('+49 30 1234'),('https://x.y/z'),('ftp://');
create table pars(v text); insert into pars values ('1'),(' 1 '),('1.5'),('1e5'),('NaN'),('abc'),(''),(null),('9223372036854775808'),('2024-02-30'),('2024-02-29'),('infinity'),('now'),('0x1F'),('1_000'),('t'),('yes'),('{"a":1}'),('99999-01-01'),('24:00');
create table outl(v float8); insert into outl select 10 from generate_series(1,50); insert into outl values (1000),('NaN'),('Infinity'),(null);
create table outl2(v numeric); insert into outl2 select g from generate_series(1,100) g; insert into outl2 values (10000),('NaN'),(-5000);
create table cat(v text, k text); insert into cat select case when g%10=0 then 'b' else 'a' end, null from generate_series(1,100) g;
create table cat2(v text); insert into cat2 values ('a'),('c'),(null);
analyze;
