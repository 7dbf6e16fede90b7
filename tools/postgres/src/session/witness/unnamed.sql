-- Operators ($1), with their negators and commutators that planning may put in their place and with what serves the sort
-- orders they belong to, and casts ($2) with the functions that they call, and the functions that sort and group by
-- operator classes ($3). PostgreSQL 13-18.
with recursive operators (oid) as (
    select pg_catalog.unnest($1::oid[])
    union
    select other.oid
    from operators
    join pg_catalog.pg_operator o on o.oid = operators.oid
    cross join unnest(array[o.oprcom, o.oprnegate]) as other (oid)
    where other.oid >= 16384
)
select
    made.class,
    made.shown,
    made.types,
    f.oid as function,
    f.pronamespace::pg_catalog.regnamespace::text as schema,
    f.proname::text as name,
    pg_catalog.pg_get_function_identity_arguments(f.oid) as arguments,
    f.provolatile = 'v' as is_volatile,
    f.prolang = 12 and f.prosrc in ('range_constructor2', 'range_constructor3', 'multirange_constructor0',
                                    'multirange_constructor1', 'multirange_constructor2') as is_constructor,
    (select e.extname::text
     from pg_catalog.pg_depend d
     join pg_catalog.pg_extension e on e.oid = d.refobjid
     where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = f.oid and d.deptype = 'e'
     limit 1) as extension
from (
    select 'operator' as class, o.oprname::text as shown, array[o.oprleft, o.oprright, o.oprresult] as types,
        called.oid as function
    from operators
    join pg_catalog.pg_operator o on o.oid = operators.oid
    cross join unnest(array[o.oprcode, o.oprrest, o.oprjoin]::oid[]) as called (oid)
    where called.oid = o.oprcode or called.oid >= 16384
    union all
    select 'operator', o.oprname, '{}', p.amproc::oid
    from operators
    join pg_catalog.pg_operator o on o.oid = operators.oid
    join pg_catalog.pg_amop a on a.amopopr = o.oid and a.amopmethod in (403, 405)
    join pg_catalog.pg_amproc p on p.amprocfamily = a.amopfamily
    where p.amproc >= 16384
    union all
    select 'cast',
        pg_catalog.format_type(c.castsource, null) || ' to ' || pg_catalog.format_type(c.casttarget, null),
        array[c.castsource, c.casttarget], c.castfunc
    from pg_catalog.pg_cast c
    where c.oid = any ($2::oid[])
    union all
    select 'sorting', pg_catalog.format_type(c.opcintype, null), '{}', p.amproc::oid
    from pg_catalog.pg_opclass c
    join pg_catalog.pg_amproc p on p.amprocfamily = c.opcfamily
    where c.oid = any ($3::oid[])
    union all
    select 'sorting', pg_catalog.format_type(c.opcintype, null), '{}', o.oprcode::oid
    from pg_catalog.pg_opclass c
    join pg_catalog.pg_amop a on a.amopfamily = c.opcfamily
    join pg_catalog.pg_operator o on o.oid = a.amopopr
    where c.oid = any ($3::oid[])
) made
join pg_catalog.pg_proc f on f.oid = made.function
