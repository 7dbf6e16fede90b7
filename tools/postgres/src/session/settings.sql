-- Settings of a session that reads. The guard reads strings as the standard has them, so the server must too. Only a
-- superuser may bound temporary files; other roles bring their own limit. PostgreSQL 13-18.
set local standard_conforming_strings = on;
select pg_catalog.set_config('temp_file_limit', '4GB', true)
where pg_catalog.current_setting('is_superuser') = 'on'
  and pg_catalog.current_setting('temp_file_limit') = '-1'
