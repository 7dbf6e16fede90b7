-- 400 customer_by_mail
select id, name from customers where tenant_id = 17 and lower(email) = 'carla.012472aa@mail.test';
-- 800 orders_of_a_customer
select id, status, total_cents, created_at from orders where customer_id = 12345 order by created_at desc limit 20;
-- 900 order_lines
select i.line, i.quantity, p.title from order_items i join products p on p.id = i.product_id where i.order_id = 4711;
-- 200 pending_of_a_tenant
select id, customer_id, created_at from orders where tenant_id = 3 and status = 'pending' order by created_at limit 50;
-- 50 failed_lately
select id, tenant_id from orders where status = 'failed' and updated_at > '2024-05-01';
-- 3000 next_jobs
select id, payload from jobs where state = 'queued' and queue = 'mail' and run_at <= '2024-07-01' order by run_at limit 10;
-- 20 failed_jobs
select queue, count(*) from jobs where state = 'failed' group by queue;
-- 5000 session_by_token
select user_id, expires_at from sessions where token = 'bc50d10a-2514-84f8-51e0-7daef2607101' and not revoked;
-- 100 sessions_of_a_user
select id, expires_at from sessions where user_id = 4242 and expires_at > '2024-06-30';
-- 2500 unread
select id, kind, created_at from notifications where user_id = 777 and read_at is null order by created_at desc limit 20;
-- 2500 unread_count
select count(*) from notifications where user_id = 778 and read_at is null;
-- 300 timeline
select id, kind, occurred_at from events where tenant_id = 42 order by occurred_at desc limit 50;
-- 30 events_of_a_day
select kind, count(*) from events where occurred_at >= '2024-02-10' and occurred_at < '2024-02-11' group by kind;
-- 40 events_of_an_order
select id, occurred_at from events where payload @> '{"order_id": 123456}';
-- 120 product_search
select id, title from products where title ilike '%f1c15925%';
-- 60 customer_search
select id, name from customers where name ilike '%311abb%' limit 20;
-- 80 mail_prefix
select id, email from customers where email like 'anna.1f3e%';
-- 700 product_by_sku
select id, title, price_cents from products where sku = 'SKU-0012345';
-- 30 campaign
select id, email from customers where tags @> array['campaign-1234'];
-- 90 ticket_search
select id, subject from tickets where search @@ to_tsquery('english', 'refund & parcel & 3295c7') order by created_at desc limit 20;
-- 300 my_tickets
select id, subject, priority from tickets where assignee_id = 99 and status <> 'closed' order by priority desc, created_at;
-- 200 unassigned_tickets
select id, subject from tickets where assignee_id is null and status = 'open' order by created_at limit 50;
-- 200 tickets_of_a_customer
select id, subject, status from tickets where customer_id = 2024 order by created_at desc;
-- 25 coupon
select id, total_cents from orders where coupon = 'SPRING-77';
-- 40 not_delivered
select id, shipped_at from orders where shipped_at < '2021-06-01' and delivered_at is null and status = 'shipped';
-- 60 revenue_by_day
select date_trunc('day', created_at), sum(total_cents) from orders
where tenant_id = 5 and created_at >= '2024-01-01' and created_at < '2024-02-01' group by 1;
-- 100 last_order
select max(created_at) from orders where tenant_id = 9;
-- 150 changed_orders
select id, updated_at from orders where tenant_id = 12 and updated_at > '2024-05-20' order by updated_at limit 500;
-- 200 older_orders
select id, created_at from orders where tenant_id = 8 and (created_at, id) < ('2023-03-01', 380000) order by created_at desc, id desc limit 50;
-- 1500 user_by_mail
select id, tenant_id, role from users where lower(email) = 'ben.f1c1592588@example.com';
-- 150 users_of_a_tenant
select id, name from users where tenant_id = 33 and deleted_at is null order by name limit 50;
-- 15 active_lately
select count(*) from users where last_login_at > '2024-06-29 12:00';
-- 250 user_by_external_id
select id from users where settings ->> 'external_id' = 'ext-1234';
-- 20 orders_on_a_day
select count(*) from orders where created_at::date = '2023-05-05';
-- 30 best_sellers
select i.product_id, sum(i.quantity) from order_items i join orders o on o.id = i.order_id
where o.tenant_id = 77 and o.created_at >= '2024-01-01' group by 1 order by 2 desc limit 10;
-- 80 times_sold
select count(*) from order_items where product_id = 345;
-- 10 never_ordered
select c.id from customers c where c.tenant_id = 55 and not exists (select from orders o where o.customer_id = c.id);
-- 500 logins
select occurred_at, payload from events where user_id = 321 and kind = 'login' order by occurred_at desc limit 10;
-- 300 events_after
select id, kind from events where id > 999000 order by id limit 500;
-- 2000 order_by_id
select * from orders where id = 4711;
-- 1500 user_with_tenant
select u.name, t.name from users u join tenants t on t.id = u.tenant_id where u.id = 15;
-- 1 report_by_status
select status, count(*), sum(total_cents) from orders group by status;
-- 1 report_by_country
select country, count(*) from customers group by country;
-- 60 products_by_attributes
select id, title from products where attributes @> '{"color": "teal", "maker": "maker-77"}';
-- 150 attention
select id, status from orders where tenant_id = 4 and status in ('pending', 'failed') order by created_at desc limit 25;
-- 40 discontinued
select id, sku from products where tenant_id = 21 and discontinued;
-- 500 tenant_by_name
select id, plan from tenants where name = 'Tenant 42';
-- 10 largest_orders
select id, total_cents from orders where total_cents > 99000 order by total_cents desc limit 20;
