-- All twenty-five checks in one statement, as a person would write it who knows every trick.
set max_parallel_workers_per_gather = 0;
set jit = off;
set work_mem = '8MB';
select count(*),
       count(*) filter (where t.id is null),
       count(*) filter (where t.email is null),
       count(*) filter (where t.note is null),
       count(t.id) - count(distinct t.id),
       count(t.email) - count(distinct hashtextextended(t.email, 0)) filter (where t.email is not null),
       count(*) filter (where t.sku is not null and t.created_at is not null)
           - count(distinct hash_record_extended(row(t.sku, t.created_at), 0)) filter (where t.sku is not null and t.created_at is not null),
       count(*) filter (where t.status not in ('new', 'paid', 'shipped', 'delivered', 'cancelled')),
       count(*) filter (where t.country not in ('DE', 'FR', 'CH', 'AT')),
       count(*) filter (where t.country in ('XX', 'ZZ')),
       count(*) filter (where t.quantity < 0 or t.quantity > 100),
       count(*) filter (where t.unit_price < 0 or t.unit_price > 100000 or t.unit_price = 'NaN'),
       min(t.unit_price), max(t.unit_price), min(t.quantity), max(t.quantity), min(t.created_at), max(t.created_at),
       count(*) filter (where t.created_at < '2020-01-01' or t.created_at > '2030-01-01'),
       count(*) filter (where t.weight in ('NaN', 'Infinity', '-Infinity')),
       count(*) filter (where t.email !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
       count(*) filter (where t.sku not like 'AB-_____-_'),
       count(*) filter (where length(t.note) < 1 or length(t.note) > 200),
       count(*) filter (where t.note <> btrim(t.note)),
       count(*) filter (where t.customer_id is not null and p.id is null),
       count(*) filter (where t.doc is not null and not jsonb_path_exists(t.doc, '$.channel')),
       avg(t.quantity), sum(t.quantity),
       percentile_cont(0.95) within group (order by t.unit_price::float8),
       max(t.created_at) filter (where isfinite(t.created_at) and t.created_at <= now()),
       count(*) filter (where t.created_at > now())
from orders t
left join customers p on p.id = t.customer_id
