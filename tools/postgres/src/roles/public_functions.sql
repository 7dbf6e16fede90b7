
-- Functions that act outside a read-only transaction: lo_* and lowrite (large objects; breaks drivers that use them),
-- dblink* (other connections, which write), pg_advisory* (locks; breaks migration tools and job queues that take them),
-- set_config (settings; breaks pg_dump, PostgREST and row security that reads settings) and pg_logical_emit_message.
do $pgwright$
declare
    routine text;
begin
    if pg_catalog.current_setting('is_superuser') <> 'on' then
        raise notice 'only a superuser can take execute on functions of the server from PUBLIC: left as it is';
        return;
    end if;
    for routine in
        select p.oid::regprocedure::text
        from pg_catalog.pg_proc p
        cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) granted
        where granted.grantee = 0
          and (p.pronamespace = 'pg_catalog'::regnamespace
                   and (p.proname ~ '^(lo_|pg_(try_)?advisory_)'
                        or p.proname in ('loread', 'lowrite', 'set_config', 'pg_logical_emit_message'))
               or exists (
                   select
                   from pg_catalog.pg_depend d
                   join pg_catalog.pg_extension e on e.oid = d.refobjid
                   where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
                     and d.refclassid = 'pg_catalog.pg_extension'::regclass and e.extname = 'dblink'))
    loop
        if {{keep_text}} <> '' then
            execute pg_catalog.format('grant execute on routine %s to %s', routine, {{keep_text}});
        end if;
        execute pg_catalog.format('revoke execute on routine %s from public', routine);
    end loop;
end
$pgwright$;
