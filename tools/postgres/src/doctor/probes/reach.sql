-- Who this session is, and every role ($1 of the probes) that it is or can become: through any number of memberships,
-- by inheritance or by SET ROLE, whatever RESET ROLE undoes. PostgreSQL 13-18 (memberships have options from 16 on).
with recursive reach (oid) as (
    select r.oid
    from pg_catalog.pg_roles r
    where r.rolname = session_user
    union
    select m.roleid
    from reach
    join pg_catalog.pg_auth_members m on m.member = reach.oid
    cross join pg_catalog.to_jsonb(m) as membership (options)
    where m.admin_option
       or coalesce((membership.options ->> 'inherit_option')::boolean, true)
       or coalesce((membership.options ->> 'set_option')::boolean, true)
)
select session_user::text as role,
       (select pg_catalog.array_agg(reach.oid) from reach) as reach,
       pg_catalog.current_setting('server_version') as server_version,
       -- As it is now: the setting is_superuser is as it was when the session began.
       (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as is_superuser,
       pg_catalog.current_setting('server_version_num')::int4 >= 150000 as knows_grants_of_settings,
       -- In kilobytes; -1 is without a limit.
       (select s.reset_val::int8 from pg_catalog.pg_settings s where s.name = 'temp_file_limit') as temporary_kilobytes
