
-- New objects in schema {{schema}} (the default before PostgreSQL 15, for schema public). Breaks migrations that are run by
-- a role that does not own the schema.
revoke create on schema {{schema}} from public;

-- Execute on all functions in schema {{schema}}, one by one so that those of extensions, which types, operators and indexes
-- call, stay. Breaks roles that call a function, or write to a table with one in a default or a check, without a grant of
-- their own. A SECURITY DEFINER function lets its caller act as its owner.
do $pgwright$
declare
    routine text;
begin
    for routine in
        select p.oid::regprocedure::text
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) granted
        where n.nspname = {{schema_text}}
          and granted.grantee = 0
          and not exists (
              select
              from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
          )
    loop
        if {{keep_text}} <> '' then
            execute pg_catalog.format('grant execute on routine %s to %s', routine, {{keep_text}});
        end if;
        execute pg_catalog.format('revoke execute on routine %s from public', routine);
    end loop;
end
$pgwright$;
