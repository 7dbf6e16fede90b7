-- Operators ($1) and casts ($2) with the functions that they call, and the functions that sort and group by operator
-- classes ($3). PostgreSQL 13-18.
select
    made.class,
    made.shown,
    made.types,
    f.oid as function,
    f.pronamespace::pg_catalog.regnamespace::text as schema,
    f.proname::text as name,
    pg_catalog.pg_get_function_identity_arguments(f.oid) as arguments,
    f.provolatile = 'v' as is_volatile,
    (select e.extname::text
     from pg_catalog.pg_depend d
     join pg_catalog.pg_extension e on e.oid = d.refobjid
     where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = f.oid and d.deptype = 'e'
     limit 1) as extension
from (
    select 'operator' as class, o.oprname::text as shown, array[o.oprleft, o.oprright, o.oprresult] as types,
        o.oprcode::oid as function
    from pg_catalog.pg_operator o
    where o.oid = any ($1::oid[])
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
