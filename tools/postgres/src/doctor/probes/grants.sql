-- What these roles ($1), or PUBLIC, were granted beyond reading, on what they do not own. PostgreSQL 13-18.
with granted as (
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as place, held.grantee, held.privilege_type
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
        select a.grantee, a.privilege_type
        from pg_catalog.aclexplode(c.relacl) a
        union all
        select a.grantee, a.privilege_type
        from pg_catalog.pg_attribute t
        cross join lateral pg_catalog.aclexplode(t.attacl) a
        where t.attrelid = c.oid and not t.attisdropped
    ) held
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^pg_'
      and n.nspname not in ('information_schema', 'pgwright')
      and held.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
      and not c.relowner = any ($1)
      and (held.grantee = 0 or held.grantee = any ($1))
)
select 'writes_tables',
       pg_catalog.format('%s: %s', g.place, pg_catalog.lower(pg_catalog.string_agg(distinct g.privilege_type, ', '))),
       pg_catalog.format('revoke %s on %s from %s;', pg_catalog.lower(pg_catalog.string_agg(distinct g.privilege_type, ', ')),
                         g.place,
                         case g.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end)
from granted g
group by g.place, g.grantee
union all
select case a.privilege_type when 'CREATE' then 'creates_objects' else 'temporary_tables' end,
       pg_catalog.format('database %I%s', d.datname, case a.grantee when 0 then ', through PUBLIC' end),
       pg_catalog.format('revoke %s on database %I from %s;', pg_catalog.lower(a.privilege_type), d.datname,
                         case a.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end)
from pg_catalog.pg_database d
cross join lateral pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
where d.datname = pg_catalog.current_database()
  and a.privilege_type in ('CREATE', 'TEMPORARY')
  and (a.grantee = 0 or a.grantee = any ($1))
  and not d.datdba = any ($1)
union all
select 'creates_objects',
       pg_catalog.format('schema %I%s', n.nspname, case a.grantee when 0 then ', through PUBLIC' end),
       pg_catalog.format('revoke create on schema %I from %s;', n.nspname,
                         case a.grantee when 0 then 'public'
                              else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end)
from pg_catalog.pg_namespace n
cross join lateral pg_catalog.aclexplode(n.nspacl) a
where a.privilege_type = 'CREATE'
  and (a.grantee = 0 or a.grantee = any ($1))
  and not n.nspowner = any ($1)
  and n.nspname !~ '^pg_'
