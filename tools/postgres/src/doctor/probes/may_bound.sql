-- Whether this role was granted the right to bound temporary files. PostgreSQL 15-18.
select pg_catalog.has_parameter_privilege('temp_file_limit', 'SET') as may_bound
