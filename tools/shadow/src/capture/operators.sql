-- Operators that users made. PostgreSQL 13-18.
select n.nspname::text as schema,
       o.oprname::text as name,
       pg_catalog.format('create operator %I.%s (', n.nspname, o.oprname)
       || pg_catalog.concat_ws(', ',
           'function = ' || o.oprcode::text,
           'leftarg = ' || pg_catalog.format_type(nullif(o.oprleft, 0), null),
           'rightarg = ' || pg_catalog.format_type(nullif(o.oprright, 0), null),
           'commutator = operator(' || pg_catalog.quote_ident(cn.nspname) || '.' || c.oprname || ')',
           'negator = operator(' || pg_catalog.quote_ident(gn.nspname) || '.' || g.oprname || ')',
           'restrict = ' || nullif(o.oprrest::oid, 0)::regproc::text,
           'join = ' || nullif(o.oprjoin::oid, 0)::regproc::text,
           case when o.oprcanhash then 'hashes' end,
           case when o.oprcanmerge then 'merges' end)
       || ')' as definition
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
left join pg_catalog.pg_operator c on c.oid = o.oprcom
left join pg_catalog.pg_namespace cn on cn.oid = c.oprnamespace
left join pg_catalog.pg_operator g on g.oid = o.oprnegate
left join pg_catalog.pg_namespace gn on gn.oid = g.oprnamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  -- What is only promised as another's commutator has no function.
  and o.oprcode::oid <> 0
  and not exists (
      select
      from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e'
  )
order by o.oid
