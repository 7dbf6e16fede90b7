create table customers (customer_id bigint primary key, email text not null unique, country text, name text);
create table orders (
    order_id bigint primary key, customer_id bigint not null, status text not null, created_at timestamptz not null,
    amount numeric(12, 2), note text
);
create table items (item_id bigint primary key, order_id bigint not null, sku text not null, quantity int);
create table lookup (id int primary key, kind int, label text);
create table raw (id int, v text) with (autovacuum_enabled = false);
create view open_orders as select * from orders where status = 'open';

insert into customers
select i, 'user' || i || '@example.com', (array['CL', 'DE', 'FR', 'US'])[1 + i % 4], 'name ' || (i % 500)
from generate_series(1, 20000) i;

insert into orders
select i, (i::bigint * 7919) % 19997 + 1,
       case when i % 50 = 0 then 'open' when i % 50 = 1 then 'lost' else 'paid' end,
       timestamptz '2024-01-01' + ((i::bigint * 104729) % 300000) * interval '1 minute', (i % 1000) / 7.0, md5(i::text)
from generate_series(1, 300000) i;

insert into items
select i, (i::bigint * 6007) % 300000 + 1, 'sku' || (i % 2000), i % 10
from generate_series(1, 600000) i;

insert into lookup select i, i % 10, 'x' from generate_series(1, 2000) i;

analyze customers, orders, items, lookup;

insert into raw select i, 'v' || i from generate_series(1, 50000) i;
