-- A shop for many tenants: 4.4 million rows with the skew, the NULLs and the rare states of such databases, and indexes as
-- years leave them: some of use, some twice, some never read.
select setseed(0.2026);
create extension pg_trgm;

create table tenants (id int primary key, name text not null, plan text not null, created_at timestamp not null);
insert into tenants
select n, 'Tenant ' || n, (array['free', 'team', 'business'])[1 + n % 3], '2019-01-01'::timestamp + n * interval '11 hours'
from generate_series(1, 2000) n;

create table users (
    id int primary key, tenant_id int not null references tenants, email text not null, name text not null, role text not null,
    last_login_at timestamp, deleted_at timestamp, settings jsonb not null
) with (fillfactor = 85);
insert into users
select n, 1 + floor(2000 * power(random(), 2))::int,
    (array['Anna', 'Ben', 'Carla', 'Dmitri', 'Elena', 'Femi', 'Greta', 'Hugo'])[1 + n % 8] || '.' || substr(md5(n::text), 1, 10) || '@Example.com',
    (array['Anna', 'Ben', 'Carla', 'Dmitri', 'Elena', 'Femi', 'Greta', 'Hugo'])[1 + n % 8] || ' ' || initcap(substr(md5(n::text), 1, 9)),
    (array['member', 'member', 'member', 'admin'])[1 + n % 4],
    '2024-06-30'::timestamp - power(random(), 3) * interval '900 days',
    case when random() < 0.04 then '2024-03-01'::timestamp end,
    jsonb_build_object('theme', (array['dark', 'light'])[1 + n % 2], 'external_id', 'ext-' || n)
from generate_series(1, 150000) n;

create table customers (
    id int primary key, tenant_id int not null references tenants, email text not null, name text not null, country text not null,
    created_at timestamp not null, tags text[] not null
);
insert into customers
select n, 1 + floor(2000 * power(random(), 2))::int,
    (array['anna', 'ben', 'Carla', 'dmitri', 'Elena', 'femi', 'greta', 'Hugo'])[1 + n % 8] || '.' || substr(md5((n * 7)::text), 1, 8) || '@mail.test',
    initcap(substr(md5((n * 3)::text), 1, 7)) || ' ' || initcap(substr(md5((n * 5)::text), 1, 10)),
    (array['DE', 'FR', 'PL', 'IT', 'ES', 'GB', 'US', 'US', 'US', 'JP'])[1 + floor(10 * random())::int],
    '2020-01-01'::timestamp + n * interval '8 minutes',
    array['segment-' || n % 40, 'campaign-' || floor(3000 * power(random(), 2))::int]
from generate_series(1, 300000) n;

create table products (
    id int primary key, tenant_id int not null references tenants, sku text not null, title text not null, price_cents int not null,
    attributes jsonb not null, discontinued boolean not null
);
insert into products
select n, 1 + floor(2000 * power(random(), 2))::int, 'SKU-' || lpad(n::text, 7, '0'),
    (array['oak', 'walnut', 'steel', 'linen', 'glass', 'cork'])[1 + n % 6] || ' ' || substr(md5(n::text), 1, 8) || ' '
    || (array['table', 'chair', 'lamp', 'shelf', 'mirror'])[1 + n % 5],
    100 + floor(50000 * power(random(), 3))::int,
    jsonb_build_object('color', (array['red', 'teal', 'grey', 'black', 'white'])[1 + n % 5], 'size', (array['s', 'm', 'l', 'xl'])[1 + n % 4],
        'maker', 'maker-' || floor(900 * random())::int),
    random() < 0.03
from generate_series(1, 60000) n;

create table orders (
    id int primary key, tenant_id int not null references tenants, customer_id int not null references customers, status text not null,
    total_cents int not null, created_at timestamp not null, updated_at timestamp not null, shipped_at timestamp, delivered_at timestamp,
    coupon text, note text
) with (fillfactor = 85);
insert into orders
select n, c.tenant_id, c.id,
    case when r < 0.93 then 'completed' when r < 0.97 then 'shipped' when r < 0.985 then 'refunded' when r < 0.996 then 'pending' else 'failed' end,
    500 + floor(100000 * power(random(), 4))::int, '2021-01-01'::timestamp + n * interval '3 minutes',
    '2021-01-01'::timestamp + n * interval '3 minutes' + power(random(), 6) * interval '200 days',
    case when r < 0.985 then '2021-01-02'::timestamp + n * interval '3 minutes' end,
    case when r < 0.93 then '2021-01-05'::timestamp + n * interval '3 minutes' end,
    case when random() < 0.03 then 'SPRING-' || floor(400 * random())::int end,
    case when random() < 0.2 then 'please ring twice ' || n end
from (select n, random() r, 1 + floor(300000 * power(random(), 1.5))::int customer from generate_series(1, 600000) n) o
join customers c on c.id = o.customer
order by n;

create table order_items (
    order_id int not null, line int not null, product_id int not null, quantity int not null, price_cents int not null,
    primary key (product_id, order_id, line)
);
insert into order_items
select n, line, 1 + floor(60000 * power(random(), 2))::int, 1 + floor(4 * random())::int, 500 + floor(30000 * random())::int
from generate_series(1, 600000) n, generate_series(1, 1 + n % 4) line;

create table events (
    id bigint primary key, tenant_id int not null, user_id int, kind text not null, occurred_at timestamp not null, payload jsonb not null
);
insert into events
select n, 1 + floor(2000 * power(random(), 2))::int, 1 + floor(150000 * power(random(), 1.5))::int,
    (array['view', 'view', 'view', 'view', 'search', 'search', 'edit', 'edit', 'export', 'login'])[1 + floor(10 * random())::int],
    '2023-07-01'::timestamp + n * interval '31 seconds',
    jsonb_build_object('order_id', floor(600000 * random())::int, 'via', (array['web', 'app', 'api'])[1 + n % 3])
from generate_series(1, 1000000) n;

create table tickets (
    id int primary key, tenant_id int not null, customer_id int not null references customers, assignee_id int, status text not null,
    priority int not null, subject text not null, body text not null, created_at timestamp not null,
    search tsvector generated always as (to_tsvector('english', subject || ' ' || body)) stored
);
insert into tickets
select n, 1 + floor(2000 * power(random(), 2))::int, 1 + floor(300000 * random())::int,
    case when random() < 0.8 then 1 + floor(3000 * random())::int end,
    case when r < 0.9 then 'closed' when r < 0.96 then 'open' else 'waiting' end, 1 + floor(4 * random())::int,
    (array['Refund', 'Delivery', 'Invoice', 'Login', 'Question'])[1 + n % 5] || ' about order ' || n,
    (array['The parcel never arrived', 'I was charged two times', 'The colour differs', 'Please send the invoice again', 'Where is my money', 'It broke'])[1 + floor(6 * random())::int]
    || ' ' || substr(md5(n::text), 1, 6) || ' ' || substr(md5((n % 700)::text), 1, 6),
    '2022-01-01'::timestamp + n * interval '10 minutes'
from (select n, random() r from generate_series(1, 120000) n) t;

create table sessions (id int primary key, token uuid not null, user_id int not null references users, expires_at timestamp not null, revoked boolean not null);
insert into sessions
select n, md5('token' || n)::uuid, 1 + floor(150000 * random())::int, '2024-01-01'::timestamp + random() * interval '300 days', random() < 0.1
from generate_series(1, 250000) n;

create table jobs (
    id int primary key, queue text not null, state text not null, run_at timestamp not null, attempts int not null, payload jsonb not null
) with (fillfactor = 80);
insert into jobs
select n, (array['mail', 'mail', 'mail', 'export', 'webhook'])[1 + n % 5],
    case when n > 298000 then 'queued' when random() < 0.003 then 'failed' else 'done' end,
    '2024-01-01'::timestamp + n * interval '50 seconds', 1, jsonb_build_object('to', n)
from generate_series(1, 300000) n;

create table notifications (
    id int primary key, user_id int not null references users, kind text not null, created_at timestamp not null, read_at timestamp
) with (fillfactor = 85);
insert into notifications
select n, 1 + floor(150000 * power(random(), 1.5))::int, (array['mention', 'assigned', 'comment'])[1 + n % 3],
    '2023-01-01'::timestamp + n * interval '2 minutes',
    case when random() < 0.96 then '2023-01-02'::timestamp + n * interval '2 minutes' end
from generate_series(1, 400000) n;

-- As years leave them.
create index customers_tenant on customers (tenant_id);
create index customers_tenant_email on customers (tenant_id, email);
create index customers_country on customers (country);
create index orders_tenant on orders (tenant_id);
create index orders_created on orders (created_at);
create index orders_created_again on orders (created_at);
create index orders_updated_status on orders (updated_at, status);
create index users_role on users (role);
create index events_kind on events (kind);
create index order_items_product on order_items (product_id);
create index jobs_state on jobs (state);
create index notifications_kind on notifications (kind);
create index tickets_priority on tickets (priority);

vacuum (freeze, analyze);
