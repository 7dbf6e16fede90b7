-- Settings that plan findings speak of, as the session has them. PostgreSQL 13-18.
select s.name, pg_catalog.current_setting(s.name) as value
from pg_catalog.pg_settings s
where s.name in (
    'effective_cache_size', 'enable_hashjoin', 'enable_mergejoin', 'hash_mem_multiplier', 'jit_above_cost',
    'join_collapse_limit', 'max_parallel_workers', 'max_parallel_workers_per_gather', 'random_page_cost', 'work_mem'
)
