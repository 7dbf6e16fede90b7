-- A shop of SIZE orders from the seed SEED. Each r is a number from 0 to 999 that the ledger keeps: the defects are where
-- it is what the suite says they are.
create schema s;
create table s.ledger as
select g::bigint as id,
       (hashint8extended(g, SEED * 10 + 1) & 1048575) % 1000 as r1,
       (hashint8extended(g, SEED * 10 + 2) & 1048575) % 1000 as r2,
       (hashint8extended(g, SEED * 10 + 3) & 1048575) % 1000 as r3,
       (hashint8extended(g, SEED * 10 + 4) & 1048575) % 1000 as r4
from generate_series(1, SIZE) g;
create table s.customers (id int primary key, name text);
insert into s.customers select g, 'customer ' || g from generate_series(1, 500) g;
create table s.regions (code text, part int);
insert into s.regions values ('DE', 1), ('DE', 1), ('FR', 1), ('CH', 2);
create table s.orders (
    id bigint, sku text, email text, status text, country char(2), part int, customer_id int, quantity int, price numeric,
    total numeric, weight float8, created timestamptz, shipped timestamptz, born date, doc jsonb, token text, iban text,
    isin text, card text, url text, ip text, digits text, day_text text, note text, active boolean, phone text, ssn text, stamp text
);
insert into s.orders
select id, 'AB-' || lpad((id - (r1 = 7)::int)::text, 7, '0'),
       case when r1 = 1 then null when r1 = 2 then 'nobody' when r1 = 3 then 'a@b' when r1 = 4 then 'a..b@example.org'
            when r1 = 5 then '' else 'User' || id || '@example.org' end,
       case when r2 = 1 then 'lost' when r2 = 2 then null else (array['new', 'paid', 'shipped'])[r2 % 3 + 1] end,
       case when r3 = 1 then 'XX' else (array['DE', 'FR', 'CH'])[r3 % 3 + 1] end,
       case when r3 % 3 = 2 then 2 else 1 end,
       case when r4 = 1 then null when r4 = 2 then 9999 else r4 % 500 + 1 end,
       case when r2 = 3 then -5 when r2 = 4 then 1000 when r2 = 5 then null else r2 % 100 end,
       (r3 + 1) / 4.0, (r3 + 1) / 4.0 * (r2 % 100) + case when r4 = 3 then 1 else 0 end,
       case when r1 = 8 then 'NaN' when r1 = 9 then 'Infinity' else r1 / 7.0 end,
       timestamptz '2024-01-01 00:00+00' + id * interval '1 minute' + case when r2 = 6 then interval '100 years' else '0' end,
       case when r3 = 4 then timestamptz '2023-01-01 00:00+00' when r3 = 5 then null
            else timestamptz '2024-06-01 00:00+00' + id * interval '1 minute' end,
       date '1980-01-01' + r4::int,
       case when r4 = 4 then '{}' when r4 = 5 then '[1]' when r4 = 6 then null else jsonb_build_object('a', jsonb_build_object('b', r4)) end,
       case when r1 = 10 then 'no-uuid' else md5(id::text)::uuid::text end,
       case when r2 = 7 then 'DE88370400440532013000' when r2 % 2 = 0 then 'DE89370400440532013000' else 'GB82 WEST 1234 5698 7654 32' end,
       case when r2 = 8 then 'US0378331006' else 'US0378331005' end,
       case when r2 = 9 then '4111 1111 1111 1112' when r2 % 2 = 0 then '4111-1111-1111-1111' else '378282246310005' end,
       case when r3 = 6 then 'example.org' when r3 = 7 then 'http://' else 'https://example.org/a?b=' || id end,
       case when r3 = 8 then '256.1.1.1' when r3 = 9 then '1::2::3' when r3 % 2 = 0 then '10.0.0.1' else '2001:db8::1' end,
       case when r4 = 7 then '12a' when r4 = 8 then '' else (id % 1000)::text end,
       case when r4 = 9 then '2023-02-29' when r4 = 10 then '31.12.2023' else '2024-02-29' end,
       case when r1 = 11 then ' padded' when r1 = 12 then '   ' when r1 = 13 then 'UPPER' else 'plain' end,
       r1 % 2 = 0,
       case when r3 = 10 then '030 123' else '+49 30 1234567' end,
       case when r3 = 11 then '000-12-3456' when r3 = 12 then '123-45-678' else '123-45-6789' end,
       case when r4 = 11 then '2024-01-01T25:00:00Z' else '2024-01-01T12:00:00.5+02:00' end
from s.ledger;
create table s.copy as select id, price, status from s.orders where id % 100 <> 1;
update s.copy set price = price + 1 where id % 100 = 2;
insert into s.copy select -id, 1, 'new' from generate_series(1, 3) as id;
analyze;
