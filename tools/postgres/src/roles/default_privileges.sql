do $pgwright$
declare
    creator name;
begin
    for creator in
        select o.rolname
        from pg_catalog.pg_roles o
        where o.rolname !~ '^pg_'
          and (o.rolname = current_user
               or o.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
               or o.oid = (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = {{schema_text}})
               or o.oid in (select c.relowner
                            from pg_catalog.pg_class c
                            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                            where n.nspname = {{schema_text}} and c.relkind in ('r', 'p', 'v', 'm', 'f')))
    loop
        if not pg_catalog.pg_has_role(creator, 'usage') then
            raise notice 'tables that % creates in % later are not granted: you are no member of that role', creator, {{schema_text}};
            continue;
        end if;
        execute pg_catalog.format('alter default privileges for role %I in schema %I grant {{privileges}} to %s',
                                  creator, {{schema_text}}, {{grantees_text}});
    end loop;
end
$pgwright$;
