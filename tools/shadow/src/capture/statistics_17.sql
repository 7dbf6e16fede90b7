-- Column statistics of these relations and indexes ($1), as every role may read them of what it may read. PostgreSQL 17-18, which show those of ranges too.
select c.oid as relation,
       s.attname::text as name,
       s.inherited,
       s.null_frac,
       s.avg_width,
       s.n_distinct,
       s.most_common_vals::text as most_common_vals,
       s.most_common_freqs,
       s.histogram_bounds::text as histogram_bounds,
       s.correlation,
       s.most_common_elems::text as most_common_elems,
       s.most_common_elem_freqs,
       s.elem_count_histogram,
       s.range_bounds_histogram::text as range_bounds_histogram,
       s.range_length_histogram::text as range_length_histogram,
       s.range_empty_frac
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
where c.oid = any ($1::oid[])
order by c.oid, s.attname
