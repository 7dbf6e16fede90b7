-- The settings that plans depend on. PostgreSQL 13-18.
select pg_catalog.lower(name) as name, setting as value
from pg_catalog.pg_settings
where category like 'Query Tuning%'
   or pg_catalog.lower(name) in (
       'work_mem', 'hash_mem_multiplier', 'temp_buffers', 'max_parallel_workers', 'max_parallel_workers_per_gather',
       'effective_io_concurrency', 'parallel_leader_participation', 'search_path', 'datestyle', 'intervalstyle', 'timezone',
       'extra_float_digits', 'default_text_search_config', 'xmloption', 'bytea_output', 'transform_null_equals',
       'array_nulls', 'lc_monetary', 'lc_numeric', 'lc_time'
   )
order by 1
