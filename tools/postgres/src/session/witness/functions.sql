-- Functions ($1) as a call of them would be judged; aggregates with the functions that they are made of. PostgreSQL 13-18.
select
    p.oid,
    p.pronamespace::pg_catalog.regnamespace::text as schema,
    p.proname::text as name,
    pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
    p.provolatile = 'v' as is_volatile,
    -- Only a superuser makes functions of language internal (12); these are made with a range type.
    p.prolang = 12 and p.prosrc in ('range_constructor2', 'range_constructor3', 'multirange_constructor0',
                                    'multirange_constructor1', 'multirange_constructor2') as is_constructor,
    p.prorettype = 'pg_catalog.tsm_handler'::pg_catalog.regtype as samples,
    (select e.extname::text
     from pg_catalog.pg_depend d
     join pg_catalog.pg_extension e on e.oid = d.refobjid
     where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
     limit 1) as extension,
    p.prorettype as returns,
    p.proargtypes::oid[] as takes,
    exists (select from pg_catalog.pg_proc b
            where b.proname = p.proname and b.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and b.oid < 16384)
        as has_namesake,
    -- A literal may be taken for one of these.
    exists (select from pg_catalog.pg_type t where t.oid = any (p.proargtypes) and t.typcategory = 'S') as takes_strings,
    array(select part.oid
          from pg_catalog.pg_aggregate a
          cross join unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                                  a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) as part (oid)
          where a.aggfnoid = p.oid and part.oid >= 16384) as support
from pg_catalog.pg_proc p
where p.oid = any ($1::oid[])
