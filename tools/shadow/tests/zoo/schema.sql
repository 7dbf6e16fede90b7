-- Many kinds of types, indexes, partitions and statistics. PostgreSQL 13-18.
create extension pg_trgm;
create type mood as enum ('sad', 'ok', 'happy');
create domain email as text check (value like '%@%');
create function shout(text) returns text language sql immutable as 'select upper($1)';
create aggregate longest(text) (sfunc = text_larger, stype = text, combinefunc = text_larger, parallel = safe);
create function same_name(text, text) returns boolean language sql immutable as 'select lower($1) = lower($2)';
create operator === (leftarg = text, rightarg = text, function = same_name, commutator = ===, restrict = eqsel, join = eqjoinsel);
select setseed(0.42);
create table customer (
    id int primary key,
    mail email not null,
    name text not null,
    country text,
    mood mood,
    active boolean not null
);
insert into customer
select i, 'c' || i || '@example.com', 'Name ' || (i * 7919 % 20000), (array['de', 'fr', 'us', 'jp', null])[1 + (random() * 4)::int],
       (array['sad', 'ok', 'ok', 'happy'])[1 + (random() * 3)::int]::mood, random() < 0.95
from generate_series(1, 20000) i;
create table item (
    id bigint primary key,
    customer_id int not null references customer,
    ts timestamp not null,
    day date not null,
    amount numeric(10, 2),
    qty int2,
    score float8,
    tags text[],
    doc jsonb,
    words tsvector,
    span int4range,
    u uuid not null,
    address inet,
    place point,
    note text,
    doubled int generated always as (qty * 2) stored
);
insert into item (id, customer_id, ts, day, amount, qty, score, tags, doc, words, span, u, address, place, note)
select i, 1 + (random() * random() * 19999)::int, timestamp '2024-01-01' + i * interval '5 minutes',
       date '2024-01-01' + i / 288, (random() * 1000)::numeric(10, 2), (random() * 50)::int2,
       case when random() < 0.1 then null else random() end,
       array(select 't' || (random() * 40)::int from generate_series(1, (i % 4)) g where i > 0),
       jsonb_build_object('k', i % 100, 'kind', 'v' || i % 7, 'nested', jsonb_build_object('x', i % 13)),
       to_tsvector('simple', 'word' || i % 500 || ' term' || i % 50),
       int4range(i % 1000, i % 1000 + (i % 37)),
       md5(i::text)::uuid, ('10.0.' || i % 250 || '.' || i % 199)::inet, point(i % 313, i % 277),
       case when i % 20 = 0 then 'a "quoted" \ note, ' || i else 'plain note ' || i % 1000 end
from generate_series(1, 120000) i;
create index item_customer on item (customer_id);
create index item_ts on item (ts desc);
create index item_day on item using brin (day);
create index item_tags on item using gin (tags);
create index item_doc on item using gin (doc jsonb_path_ops);
create index item_span on item using gist (span);
create index item_u on item using hash (u);
create index item_address on item using spgist (address);
create index item_note on item (note text_pattern_ops);
create index item_lower on item (lower(note));
create index item_partial on item (amount) where qty > 45;
create index item_covering on item (customer_id, day) include (amount);
create index customer_shout on customer (shout(name));
create unique index customer_mail on customer (mail);
create table event (id bigint, at timestamp not null, kind int, body text, primary key (id, at)) partition by range (at);
create table event_1 partition of event for values from ('2024-01-01') to ('2024-02-01');
create table event_2 partition of event for values from ('2024-02-01') to ('2024-03-01');
create table event_3 partition of event for values from ('2024-03-01') to ('2024-04-01');
create table event_x partition of event default;
create index event_kind on event (kind);
insert into event select i, timestamp '2024-01-01' + i * interval '90 seconds', i % 20, 'body ' || i % 97 from generate_series(1, 80000) i;
create table base (id int, label text);
create table heir (extra int) inherits (base);
insert into base select i, 'l' || i % 10 from generate_series(1, 5000) i;
insert into heir select i, 'h' || i % 3, i from generate_series(5000, 9000) i;
create index heir_id on heir (id);
create table town (city text, zip int, state text);
insert into town select 'city' || i % 100, i % 100 * 10 + i % 3, 'state' || i % 100 / 10 from generate_series(1, 30000) i;
create statistics town_s (dependencies, ndistinct, mcv) on city, zip, state from town;
create table village (city text, state text);
insert into village select 'city' || i % 100, 'state' || i % 100 / 10 from generate_series(1, 30000) i;
create table person (first text, last text);
insert into person select 'First ' || i % 300, 'Last ' || i % 170 from generate_series(1, 30000) i;
create statistics person_s on (lower(first)), last from person;
create view rich as select c.id, c.name, sum(i.amount) as total from customer c join item i on i.customer_id = c.id group by c.id;
create view alike as select c.country, longest(c.name) as name from customer c where c.name === 'name 7' group by c.country;
create materialized view daily as select day, count(*) as n, sum(amount) as total from item group by day;
create index daily_day on daily (day);
create role reader login;
grant select on all tables in schema public to reader;
create role monitor login;
grant pg_read_all_data to monitor;
analyze;
