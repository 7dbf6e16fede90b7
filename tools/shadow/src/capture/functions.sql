-- Functions and plain aggregates that users made: those that these relations ($1) rest on, with their indexes, constraints and
-- rules, those of these names ($2), those of users' operators, and what they rest on themselves. PostgreSQL 13-18.
with recursive wanted (class, oid) as (
    (
        select d.refclassid, d.refobjid
        from pg_catalog.pg_depend d
        where d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
          and ((d.classid = 'pg_catalog.pg_class'::regclass
                and d.objid in (
                    select unnest($1::oid[])
                    union all
                    select i.indexrelid from pg_catalog.pg_index i where i.indrelid = any ($1::oid[])
                ))
               or (d.classid = 'pg_catalog.pg_constraint'::regclass
                   and d.objid in (select k.oid from pg_catalog.pg_constraint k where k.conrelid = any ($1::oid[])))
               or (d.classid = 'pg_catalog.pg_attrdef'::regclass
                   and d.objid in (select g.oid from pg_catalog.pg_attrdef g where g.adrelid = any ($1::oid[])))
               or (d.classid = 'pg_catalog.pg_rewrite'::regclass
                   and d.objid in (select r.oid from pg_catalog.pg_rewrite r where r.ev_class = any ($1::oid[]))))
        union all
        select 'pg_catalog.pg_proc'::regclass, p.oid from pg_catalog.pg_proc p where p.proname = any ($2::text[])
        union all
        select 'pg_catalog.pg_operator'::regclass, o.oid from pg_catalog.pg_operator o where o.oid >= 16384
    )
    union
    select d.refclassid, d.refobjid
    from wanted w
    join pg_catalog.pg_depend d on d.classid = w.class and d.objid = w.oid
    where d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
)
select n.nspname::text as schema,
       p.proname::text as name,
       l.lanname::text as language,
       case
           when p.prokind = 'a' and a.aggkind = 'n' then
               pg_catalog.format('create aggregate %I.%I(%s) (', n.nspname, p.proname,
                   coalesce(nullif(pg_catalog.pg_get_function_identity_arguments(p.oid), ''), '*'))
               || pg_catalog.concat_ws(', ',
                   'sfunc = ' || a.aggtransfn::text,
                   'stype = ' || pg_catalog.format_type(a.aggtranstype, null),
                   'sspace = ' || nullif(a.aggtransspace, 0),
                   'finalfunc = ' || nullif(a.aggfinalfn::oid, 0)::regproc::text,
                   case when a.aggfinalextra then 'finalfunc_extra' end,
                   'combinefunc = ' || nullif(a.aggcombinefn::oid, 0)::regproc::text,
                   'serialfunc = ' || nullif(a.aggserialfn::oid, 0)::regproc::text,
                   'deserialfunc = ' || nullif(a.aggdeserialfn::oid, 0)::regproc::text,
                   'initcond = ' || pg_catalog.quote_literal(a.agginitval),
                   case p.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end)
               || ')'
           when p.prokind in ('f', 'w') and l.lanname in ('sql', 'plpgsql') then pg_catalog.pg_get_functiondef(p.oid)
       end as definition
from wanted w
join pg_catalog.pg_proc p on p.oid = w.oid and w.class = 'pg_catalog.pg_proc'::regclass
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
where n.nspname not in ('pg_catalog', 'information_schema')
  and p.prokind in ('f', 'w', 'a')
  and not exists (
      select
      from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
order by p.oid
