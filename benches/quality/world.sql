-- A table of twelve mixed columns with planted defects.
create table customers (id int primary key);
insert into customers select generate_series(1, 50000);
create table orders as
select g - (g % 2500 = 0)::int as id,
       g % 50000 + 1 + (g % 9973 = 0)::int * 100000 as customer_id,
       case when g % 1000 = 1 then null when g % 5000 = 2 then 'nobody' when g % 4000 = 3 then 'user1@example.org'
            else 'user' || g || '@example.org' end as email,
       'AB-' || chr(65 + g % 26) || lpad((g % 10000)::text, 4, '0') || '-' || g % 7 as sku,
       case when g % 6173 = 0 then 'lost' else (array['new', 'paid', 'shipped', 'delivered', 'cancelled'])[g % 5 + 1] end as status,
       (array['DE', 'FR', 'CH', 'AT'])[g % 4 + 1] as country,
       case when g % 7919 = 0 then -1 else g % 100 end as quantity,
       (g % 100000) / 100.0 as unit_price,
       case when g % 99991 = 0 then 'NaN' else g / 7.0 end::float8 as weight,
       timestamptz '2024-01-01 00:00+00' + g % 900000 * interval '30 seconds' as created_at,
       case when g % 3 = 0 then null else 'a note on order ' || g end as note,
       jsonb_build_object('channel', g % 5, 'agent', g % 17) as doc
from generate_series(1, ROWS) g;
analyze orders;
analyze customers
