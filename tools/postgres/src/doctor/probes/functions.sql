-- What these roles ($1), or PUBLIC, may call or use that acts as somebody else or somewhere else. PostgreSQL 13-18.
with callable as (
    select p.oid, p.proowner, p.prosecdef, l.lanname, not l.lanpltrusted and l.lanname not in ('internal', 'c', 'sql') as untrusted,
           e.extname, a.grantee
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
    left join pg_catalog.pg_depend d
        on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    left join pg_catalog.pg_extension e on e.oid = d.refobjid
    cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
    where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      -- Triggers are not called.
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and not p.proowner = any ($1)
      and (a.grantee = 0 or a.grantee = any ($1))
      and exists (select from pg_catalog.unnest($1) r (oid)
                  where pg_catalog.has_schema_privilege(r.oid, p.pronamespace, 'usage'))
)
select 'security_definer',
       pg_catalog.format('%s, as %I', f.oid::regprocedure, pg_catalog.pg_get_userbyid(f.proowner)),
       pg_catalog.format('revoke execute on routine %s from %s;', f.oid::regprocedure,
                         case f.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(f.grantee)) end)
from callable f
where f.prosecdef
union all
select 'untrusted_language',
       pg_catalog.format('%s, in %I', f.oid::regprocedure, f.lanname),
       pg_catalog.format('revoke execute on routine %s from %s;', f.oid::regprocedure,
                         case f.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(f.grantee)) end)
from callable f
where f.untrusted
union all
select 'outward_extension',
       pg_catalog.format('extension %I: %s functions', f.extname, pg_catalog.count(distinct f.oid)),
       pg_catalog.format('drop extension %I;', f.extname)
from callable f
where f.extname in ('dblink', 'http', 'pg_net', 'pg_cron', 'adminpack', 'plsh', 'aws_s3', 'aws_lambda', 'pg_background', 'oracle_fdw')
group by f.extname
union all
select 'foreign_server',
       pg_catalog.format('server %I, through %I', s.srvname, w.fdwname),
       pg_catalog.format('revoke usage on foreign server %I from %s;', s.srvname,
                         case a.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end)
from pg_catalog.pg_foreign_server s
join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
cross join lateral pg_catalog.aclexplode(coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner))) a
where a.grantee = 0 or a.grantee = any ($1)
