-- Attributes and predefined roles that these roles ($1) hold, and functions of the server that reach its files.
-- PostgreSQL 13-18.
with recursive way (direct, oid) as (
    select m.roleid, m.roleid
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles own on own.oid = m.member and own.rolname = session_user
    union
    select way.direct, m.roleid
    from way
    join pg_catalog.pg_auth_members m on m.member = way.oid
)
select held.id,
       case when r.rolname = session_user then pg_catalog.format('role %I', r.rolname)
            else pg_catalog.format('role %I, which %I can become', r.rolname, session_user) end,
       case when r.rolname = session_user and held.undo is not null
                then pg_catalog.format('alter role %I %s;', r.rolname, held.undo)
            else (select pg_catalog.string_agg(pg_catalog.format('revoke %I from %I;', d.rolname, session_user), ' ')
                  from way
                  join pg_catalog.pg_roles d on d.oid = way.direct
                  where way.oid = r.oid) end
from pg_catalog.pg_roles r
cross join lateral (
    -- Nobody should take this from the role that the cluster was made with.
    values ('superuser', r.rolsuper, case when r.oid <> 10 then 'nosuperuser' end),
           ('bypasses_row_security', r.rolbypassrls, 'nobypassrls'),
           ('creates_roles', r.rolcreaterole, 'nocreaterole'),
           ('replicates', r.rolreplication, 'noreplication'),
           ('creates_databases', r.rolcreatedb, 'nocreatedb'),
           ('reads_server_files', r.rolname = 'pg_read_server_files', null),
           ('writes_server_files', r.rolname = 'pg_write_server_files', null),
           ('runs_programs', r.rolname = 'pg_execute_server_program', null),
           ('writes_all_data', r.rolname = 'pg_write_all_data', null),
           ('reads_all_data', r.rolname = 'pg_read_all_data', null),
           ('administers_platform',
            r.rolname in ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser', 'neon_superuser'),
            null),
           ('administers_server',
            r.rolname in ('pg_maintain', 'pg_signal_backend', 'pg_signal_autovacuum_worker', 'pg_checkpoint',
                          'pg_create_subscription', 'pg_use_reserved_connections'),
            null)
) held (id, holds, undo)
where r.oid = any ($1) and held.holds
union all
select case when p.proname ~ '^(lo_export|pg_file_|pg_logfile)' then 'writes_server_files' else 'reads_server_files' end,
       pg_catalog.format('function pg_catalog.%I', p.proname),
       pg_catalog.format('revoke execute on function %s from %s;', p.oid::regprocedure,
                         case granted.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(granted.grantee)) end)
from pg_catalog.pg_proc p
cross join lateral pg_catalog.aclexplode(p.proacl) granted
where p.pronamespace = 'pg_catalog'::regnamespace
  and p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export',
                    'pg_file_write', 'pg_file_rename', 'pg_file_unlink', 'pg_read_file_old')
  and (granted.grantee = 0 or (granted.grantee = any ($1) and granted.grantee <> p.proowner))
