-- From here on least and greatest values come from indexes. Until the transaction ends, or `as_before.sql`. PostgreSQL 13-18.
select pg_catalog.set_config('enable_seqscan', 'off', true),
       pg_catalog.set_config('enable_bitmapscan', 'off', true),
       pg_catalog.set_config('enable_sort', 'off', true)
