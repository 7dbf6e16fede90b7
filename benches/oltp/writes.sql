-- 4000 orders_in
insert into orders
select 600000 + n, 1 + n % 2000, 1 + n * 37 % 300000, case when n % 10 = 0 then 'pending' else 'completed' end, 500 + n * 7 % 90000,
    '2024-06-04'::timestamp + n * interval '3 minutes', '2024-06-04'::timestamp + n * interval '3 minutes', null, null,
    case when n % 33 = 0 then 'SPRING-' || n % 400 end, null
from generate_series(1, 4000) n;
-- 8000 order_items_in
insert into order_items
select 600000 + n, line, 1 + (n * 31 + line * 7919) % 60000, 1, 900 from generate_series(1, 4000) n, generate_series(1, 2) line;
-- 12000 events_in
insert into events
select 1000000 + n, 1 + n * 17 % 2000, 1 + n * 41 % 150000, (array['view', 'view', 'search', 'edit', 'login'])[1 + n % 5],
    '2024-06-24'::timestamp + n * interval '31 seconds', jsonb_build_object('order_id', n * 59 % 600000, 'via', 'web')
from generate_series(1, 12000) n;
-- 4000 notifications_in
insert into notifications
select 400000 + n, 1 + n * 43 % 150000, 'comment', '2024-07-10'::timestamp + n * interval '2 minutes', null from generate_series(1, 4000) n;
-- 4000 jobs_in
insert into jobs
select 300000 + n, 'mail', 'queued', '2024-06-22'::timestamp + n * interval '50 seconds', 0, jsonb_build_object('to', n)
from generate_series(1, 4000) n;
-- 2000 sessions_in
insert into sessions
select 250000 + n, md5('more' || n)::uuid, 1 + n * 47 % 150000, '2024-12-01', false from generate_series(1, 2000) n;
-- 300 tickets_in
insert into tickets
select 120000 + n, 1 + n % 2000, 1 + n * 53 % 300000, null, 'open', 2, 'Refund about order ' || n, 'It broke ' || md5(n::text), '2024-05-01'
from generate_series(1, 300) n;
-- 500 customers_in
insert into customers
select 300000 + n, 1 + n % 2000, 'new.' || md5(n::text) || '@mail.test', 'New ' || md5(n::text), 'US', '2024-07-01', array['segment-1']
from generate_series(1, 500) n;
-- 3000 orders_shipped
update orders set status = 'shipped', shipped_at = '2024-06-30', updated_at = '2024-06-30' where id between 590000 and 593000;
-- 2000 orders_noted
update orders set note = 'called' where id between 500000 and 502000;
-- 3000 jobs_tried
update jobs set attempts = attempts + 1 where id between 290000 and 293000;
-- 2000 jobs_done
update jobs set state = 'done' where id between 298001 and 300000;
-- 6000 users_logged_in
update users set last_login_at = '2024-06-30' where id between 1000 and 7000;
-- 1000 users_settings
update users set settings = settings || '{"seen": true}' where id between 9000 and 10000;
-- 4000 notifications_read
update notifications set read_at = '2024-06-30' where id between 380000 and 384000;
-- 2000 sessions_out
delete from sessions where id between 1 and 2000;
