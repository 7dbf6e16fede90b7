-- The planner's cost settings of this session, in their own units (effective_cache_size in pages). PostgreSQL 13-18.
select name, setting
from pg_catalog.pg_settings
where name in ('seq_page_cost', 'random_page_cost', 'cpu_tuple_cost', 'cpu_index_tuple_cost', 'cpu_operator_cost',
               'effective_cache_size', 'parallel_leader_participation')
