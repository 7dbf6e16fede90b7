--# one row; is=1
select 1
--# nothing selected; rows=1
select
--# all customers; rows=300
select id, name, country from customers order by id
--# count; is=2000
select count(*) from orders
--# filter; is=30
select count(*) from customers where is_vip
--# like; is=111
select count(*) from customers where name like 'Customer 1%'
--# between and in
select id from orders where total between 10 and 20 and status in ('paid', 'shipped') order by id limit 20
--# joins
select c.name, o.id, p.name as product from customers c join orders o on o.customer_id = c.id join order_items i on i.order_id = o.id join products p on p.id = i.product_id order by o.id, i.line limit 50
--# left join; is=0
select count(*) from customers c left join orders o on o.customer_id = c.id where o.id is null
--# right and full join
select count(*) from customers c full join orders o on o.customer_id = c.id right join order_items i on i.order_id = o.id
--# natural join and using
select count(*) from orders join (select id as customer_id, country from customers) c using (customer_id)
--# using with an alias
select j.customer_id from orders join (select id as customer_id from customers) c using (customer_id) as j order by 1 limit 3
--# nested join brackets
select count(*) from (customers c join orders o on o.customer_id = c.id) join order_items i on i.order_id = o.id
--# cross join
select count(*) from employees a cross join employees b
--# self join
select e.name, m.name as manager from employees e left join employees m on m.id = e.manager_id order by e.id
--# lateral
select c.id, l.total from customers c cross join lateral (select sum(total) as total from orders o where o.customer_id = c.id) l order by c.id limit 10
--# lateral, newest of each
select c.id, n.id as newest from customers c, lateral (select o.id from orders o where o.customer_id = c.id order by placed_at desc limit 1) n order by c.id limit 10
--# group by having; rows=4
select status, count(*), sum(total), round(avg(total), 2) from orders group by status having count(*) > 1 order by status
--# group by position
select country, count(*) from customers group by 1 order by 2 desc, 1
--# group by all of a key
select c.id, c.name, count(*) from customers c join orders o on o.customer_id = c.id group by c.id order by 3 desc, 1 limit 5
--# grouping sets
select status, date_trunc('month', placed_at at time zone 'UTC') as month, count(*), grouping(status) from orders group by grouping sets ((status), (2), ()) order by 1, 2
--# rollup
select region, extract(year from day) as year, sum(amount) from sales group by rollup (region, 2) order by 1, 2
--# cube
select category, price > 50 as dear, count(*) from products group by cube (category, price > 50) order by 1, 2
--# group by distinct
select region, sum(amount) from sales group by distinct rollup (region), rollup (region) order by 1
--# filter of an aggregate
select count(*) filter (where status = 'paid') as paid, count(*) filter (where status = 'new') as fresh from orders
--# distinct
select distinct category from products order by 1
--# distinct on
select distinct on (customer_id) customer_id, id, placed_at from orders order by customer_id, placed_at desc limit 10
--# ordered-set aggregates
select percentile_cont(0.5) within group (order by total), percentile_disc(array[0.25, 0.75]) within group (order by total), mode() within group (order by status) from orders
--# hypothetical rank
select rank(50) within group (order by total) from orders
--# string_agg and array_agg
select customer_id, string_agg(id::text, ',' order by id), array_agg(distinct status order by status) from orders group by 1 order by 1 limit 5
--# regression
select corr(total, id), regr_slope(total, id), stddev_samp(total), variance(total) from orders
--# boolean aggregates
select bool_and(total > 0), bool_or(total > 99), every(id > 0), bit_and(id), bit_or(id) from orders
--# any value; since=16
select any_value(1) from orders
--# window
select id, total, sum(total) over (partition by customer_id order by placed_at) as running from orders order by id limit 10
--# window, ranks
select id, row_number() over w, rank() over w, dense_rank() over w, percent_rank() over w, cume_dist() over w, ntile(4) over w from products window w as (order by price desc) order by id
--# window, neighbours
select id, lag(price) over w, lead(price, 2, 0::numeric) over w, first_value(price) over w, last_value(price) over w, nth_value(price, 2) over w from products window w as (order by id) limit 10
--# window, frames
select id, avg(price) over (order by id rows between 2 preceding and current row), sum(price) over (order by id range between 5 preceding and 5 following), count(*) over (order by category groups between 1 preceding and 1 following exclude ties) from products order by id
--# window, excluded row
select id, sum(price) over (order by id rows between 1 preceding and 1 following exclude current row) from products order by id limit 10
--# window, by interval
select id, count(*) over (order by placed_at range between interval '1 day' preceding and current row) from orders order by id limit 10
--# window of an aggregate
select status, sum(count(*)) over () from orders group by status order by 1
--# top of each group
select * from (select id, category, price, row_number() over (partition by category order by price desc) as place from products) ranked where place <= 3 order by category, place
--# CTE
with big as (select * from orders where total > 90) select count(*) from big
--# CTEs in a row
with a as (select 1 as x), b as (select x + 1 as x from a), c as (select x + 1 as x from b) select x from c
--# materialized and not
with a as materialized (select * from customers), b as not materialized (select * from orders) select count(*) from a join b on b.customer_id = a.id
--# CTE with columns
with t (a, b) as (values (1, 'x'), (2, 'y')) select * from t order by a
--# nested CTE
with outer_part as (with inner_part as (select 5 as n) select n * 2 as n from inner_part) select n from outer_part
--# recursion; is=5050
with recursive n (i) as (select 1 union all select i + 1 from n where i < 100) select sum(i) from n
--# tree; rows=63
with recursive tree as (select id, name, 1 as depth, array[id] as path from employees where manager_id is null union all select e.id, e.name, t.depth + 1, t.path || e.id from employees e join tree t on e.manager_id = t.id) select * from tree order by path
--# search breadth first
with recursive tree as (select id, manager_id from employees where manager_id is null union all select e.id, e.manager_id from employees e join tree t on e.manager_id = t.id) search breadth first by id set place select id from tree order by place limit 20
--# search depth first
with recursive tree as (select id, manager_id from employees where manager_id is null union all select e.id, e.manager_id from employees e join tree t on e.manager_id = t.id) search depth first by id set place select id from tree order by place limit 20
--# cycle
with recursive reach as (select origin, destination from flights where origin = 'BER' union all select r.origin, f.destination from reach r join flights f on f.origin = r.destination) cycle destination set is_cycle using path select distinct destination from reach where not is_cycle order by 1
--# cycle with marks
with recursive reach as (select origin, destination from flights where origin = 'BER' union all select r.origin, f.destination from reach r join flights f on f.origin = r.destination) cycle destination set mark to 'Y' default 'N' using path select count(*) from reach where mark = 'N'
--# exists; is=300
select count(*) from customers c where exists (select 1 from orders o where o.customer_id = c.id)
--# not exists
select id from products p where not exists (select 1 from order_items i where i.product_id = p.id) order by id
--# in a subquery
select count(*) from orders where customer_id in (select id from customers where is_vip)
--# scalar subquery
select name, (select count(*) from orders o where o.customer_id = c.id) as orders from customers c order by id limit 10
--# any and all
select count(*) from products where price > all (select price from products where category = 'toys' and price < 50) and id = any (array[1, 20, 40])
--# array of a query
select array(select id from products where price > 110 order by id)
--# row comparison
select count(*) from order_items where (order_id, line) >= (100, 2) and (order_id, line) < (200, 1)
--# rows in a list
select count(*) from order_items where (order_id, line) in ((1, 1), (2, 2), (3, 3))
--# union; rows=3
select 1 union select 2 union all select 2
--# intersect and except
select id from customers intersect select customer_id from orders except select 5 order by 1 limit 10
--# brackets around set operations
(select id from customers order by id limit 2) union all (select id from products order by id limit 2) order by 1
--# case
select id, case when total > 90 then 'high' when total > 50 then 'middle' else 'low' end as class, case status when 'new' then 1 else 0 end from orders order by id limit 10
--# coalesce and friends
select coalesce(country, '?'), nullif(country, 'DE'), greatest(id, 5), least(id, 5) from customers order by id limit 10
--# null tests
select count(*) from customers where country is null or country is not distinct from 'DE' and is_vip is not true
--# order by nulls and using
select country from customers order by country desc nulls last, id using > limit 10
--# limit and offset
select id from orders order by id limit 5 offset 10
--# fetch first with ties
select total from orders order by total fetch first 3 rows with ties
--# fetch first percent's neighbour
select id from orders order by id offset 5 rows fetch next 5 rows only
--# values; rows=3
values (1, 'a'), (2, 'b'), (3, null)
--# values in from
select v.a + 1 from (values (1), (2)) v (a)
--# table; rows=6
table flights
--# table, ordered
table flights order by minutes desc limit 2
--# only
select count(*) from only sales
--# partitions
select count(*), min(day), max(day) from sales where day >= date '2024-01-01'
--# sample
select count(*) >= 0 from orders tablesample bernoulli (10) repeatable (42)
--# sample of blocks
select count(*) >= 0 from readings tablesample system (1)
--# view; is=1000
select count(*) from open_orders
--# view of an aggregate
select * from customer_totals where orders > 6 order by id limit 10
--# materialized view; rows=4
select * from order_summary order by status
--# generate_series; rows=10
select i, i * i from generate_series(1, 10) i
--# series of days
select d::date, count(o.id) from generate_series(timestamptz '2024-01-01 00:00+00', timestamptz '2024-01-10 00:00+00', interval '1 day') d left join orders o on o.placed_at >= d and o.placed_at < d + interval '1 day' group by d order by d
--# with ordinality
select * from unnest(array['a', 'b', 'c']) with ordinality as t (letter, place)
--# rows from
select * from rows from (generate_series(1, 3), unnest(array['a', 'b'])) with ordinality as t (n, letter, place)
--# unnest of a column
select tag, count(*) from customers, unnest(tags) as tag group by tag order by tag
--# several unnests
select unnest(array[1, 2]), unnest(array['a', 'b', 'c'])
--# duplicates
select country, count(*) from customers group by country having count(*) > 1 order by 2 desc, 1
--# gaps
select prev + 1 as gap_starts, id - 1 as gap_ends from (select id, lag(id) over (order by id) as prev from orders where id % 7 <> 0) t where id - prev > 1 order by 1 limit 5
--# sessions
select user_id, count(*) as sessions from (select payload ->> 'user' as user_id, happened_at - lag(happened_at) over (partition by payload ->> 'user' order by happened_at) > interval '1 hour' as is_new from events) t where is_new group by user_id order by 1
--# pivot by filter
select region, sum(amount) filter (where extract(year from day) = 2023) as y2023, sum(amount) filter (where extract(year from day) = 2024) as y2024 from sales group by region order by region
--# cohort
select date_trunc('month', c.joined_on)::date as cohort, count(distinct o.customer_id) from customers c join orders o on o.customer_id = c.id group by 1 order by 1
--# keyset page
select id, placed_at from orders where (placed_at, id) > (timestamptz '2024-02-01 00:00+00', 500) order by placed_at, id limit 10
--# whole row
select c from customers c order by id limit 2
--# star of an alias
select c.*, o.total from customers c join orders o on o.customer_id = c.id order by o.id limit 3
--# composite field
select (home).city, count(*) from customers group by 1 order by 1
--# composite star
select (home).* from customers order by id limit 3
--# row constructor
select row(1, 'x', null), (1, 2) = (1, 2)
--# domain
select discount, 50::percentage from customers order by id limit 3
--# enum order
select distinct status from orders where status > 'new' order by status
--# identity and long text
select id, repeat('x', 20) from orders order by id limit 3
--# random
select count(*) from (select random() as r from generate_series(1, 10)) t where r between 0 and 1
--# random order; varies
select id from customers order by random() limit 3
--# uuid
select length(gen_random_uuid()::text)
--# in a long list
select count(*) from orders where id in (1«300×,2»)
--# many conditions
select count(*) from orders where id = 0«200× or id = 7»
--# sixty brackets
select «60×(»1«60×)»
--# parameters; params=[42, "paid"]
select id from orders where customer_id = $1 and status = $2::order_status order by id
--# parameter array; params=[[1, 2, 3]]
select count(*) from orders where id = any ($1::int[])
--# parameter in limit; params=[3]
select id from orders order by id limit $1
