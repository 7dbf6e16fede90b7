-- What ANALYZE found in the columns of these relations ($1), where the role may read it. PostgreSQL 13-18.
select c.oid as "table",
       a.attnum as number,
       s.null_frac as null_ratio,
       s.avg_width as average_width,
       s.n_distinct as "distinct",
       s.correlation,
       -- Arrays of arrays cannot be read as text[], so array columns go without values.
       case when t.typcategory <> 'A' then s.most_common_vals::text::text[] end as common_values,
       s.most_common_freqs as common_shares,
       case when t.typcategory <> 'A' then s.histogram_bounds::text::text[] end as histogram
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
cross join lateral (
    -- A partitioned table's statistics are the inherited ones.
    select p.*
    from pg_catalog.pg_stats p
    where p.schemaname = n.nspname and p.tablename = c.relname and p.attname = a.attname
    order by p.inherited = (c.relkind = 'p') desc
    limit 1
) s
where c.oid = any ($1::oid[])
