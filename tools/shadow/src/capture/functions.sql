-- Functions in SQL and PL/pgSQL that users made: those that these relations ($1) rest on, with their indexes, constraints and
-- rules, and those of these names ($2). PostgreSQL 13-18.
with wanted (oid) as (
    select d.refobjid
    from pg_catalog.pg_depend d
    where d.refclassid = 'pg_catalog.pg_proc'::regclass
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
    union
    select p.oid from pg_catalog.pg_proc p where p.proname = any ($2::text[])
)
select n.nspname::text as schema,
       p.proname::text as name,
       l.lanname::text as language,
       case when l.lanname in ('sql', 'plpgsql') then pg_catalog.pg_get_functiondef(p.oid) end as definition
from wanted w
join pg_catalog.pg_proc p on p.oid = w.oid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where n.nspname not in ('pg_catalog', 'information_schema')
  and p.prokind in ('f', 'w')
  and not exists (
      select
      from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
order by p.oid
