-- For the rest of the transaction no rows in the order of an index. PostgreSQL 13-18.
select pg_catalog.set_config('enable_indexscan', 'off', true), pg_catalog.set_config('enable_indexonlyscan', 'off', true)
