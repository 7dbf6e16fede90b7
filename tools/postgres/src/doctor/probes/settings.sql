-- The connection, what bounds the role when nobody else does, and the server. The roles ($1) are not needed here.
-- PostgreSQL 13-18.
with own as (
    select r.rolname, r.rolsuper, r.rolconnlimit
    from pg_catalog.pg_roles r
    where r.rolname = session_user and $1::oid[] is not null
),
version as (
    select pg_catalog.current_setting('server_version_num')::int4 / 10000 as major,
           pg_catalog.current_setting('server_version') as shown
)
select 'no_tls', pg_catalog.format('from %s', pg_catalog.host(pg_catalog.inet_client_addr())), null
from pg_catalog.pg_stat_ssl s
where s.pid = pg_catalog.pg_backend_pid()
  and not s.ssl
  and not pg_catalog.inet_client_addr() <<= '127.0.0.0/8'
  and pg_catalog.inet_client_addr() <> '::1'
union all
select 'md5_passwords', 'password_encryption = md5',
       'alter system set password_encryption = ''scram-sha-256''; select pg_reload_conf();'
where pg_catalog.current_setting('password_encryption') in ('md5', 'on')
union all
select bound.id, pg_catalog.format('%s = %s', s.name, s.reset_val),
       pg_catalog.format('alter role %I set %s = %L;', own.rolname, s.name, bound.advised)
from own
cross join (
    values ('no_statement_timeout', 'statement_timeout', '0', '30s'),
           ('no_idle_timeout', 'idle_in_transaction_session_timeout', '0', '60s'),
           ('no_lock_timeout', 'lock_timeout', '0', '2s'),
           ('no_temporary_file_limit', 'temp_file_limit', '-1', '2GB'),
           ('writes_by_default', 'default_transaction_read_only', 'off', 'on'),
           ('nonstandard_strings', 'standard_conforming_strings', 'off', 'on')
) bound (id, name, unbounded, advised)
join pg_catalog.pg_settings s on s.name = bound.name and s.reset_val = bound.unbounded
union all
select 'no_connection_limit', pg_catalog.format('role %I', own.rolname),
       pg_catalog.format('alter role %I connection limit 20;', own.rolname)
from own
where own.rolconnlimit = -1 and not own.rolsuper
union all
select 'end_of_life', pg_catalog.format('PostgreSQL %s, since %s', version.shown, support.ends), null
from version
join (
    values (13, date '2025-11-13'), (14, date '2026-11-12'), (15, date '2027-11-11'),
           (16, date '2028-11-09'), (17, date '2029-11-08'), (18, date '2030-11-14')
) support (major, ends) on support.major = version.major
where support.ends <= current_date
union all
select 'untested_version', pg_catalog.format('PostgreSQL %s', version.shown), null
from version
where version.major not between 13 and 18
union all
select 'no_pg_stat_statements', pg_catalog.format('database %I', pg_catalog.current_database()),
       'create extension pg_stat_statements;'
where not exists (select from pg_catalog.pg_extension e where e.extname = 'pg_stat_statements')
union all
select 'extension_not_found',
       pg_catalog.format('extension %I is in schema %I, which is not on this role''s search_path: its operators are not found there',
                         e.extname, n.nspname),
       null
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where n.nspname !~ '^pg_'
  and n.nspname <> all (pg_catalog.current_schemas(false))
  and exists (
      select
      from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        and d.refobjid = e.oid
        and d.deptype = 'e'
        and d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
  )
