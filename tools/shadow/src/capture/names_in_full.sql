-- From here on definitions are written with every name in full and every value as PostgreSQL itself writes it. Until the transaction ends, or `as_before.sql`. PostgreSQL 13-18.
select pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('datestyle', 'ISO, MDY', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('jit', 'off', true)
