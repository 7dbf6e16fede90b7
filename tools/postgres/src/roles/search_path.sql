
-- Where {{role}} looks: its schemas, then those of extensions, unless everybody may plant something there.
do $pgwright$
begin
    execute pg_catalog.format('alter role %I in database %I set search_path = %s%s, pg_temp',
                              {{role_text}}, pg_catalog.current_database(), {{search_path_text}}, (
        select pg_catalog.string_agg(distinct pg_catalog.format(', %I', n.nspname), '')
        from pg_catalog.pg_extension e
        join pg_catalog.pg_namespace n on n.oid = e.extnamespace
        where n.nspname !~ '^pg_'
          and n.nspname not in ('information_schema', {{schema_texts}})
          and not exists (
              select from pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
              where a.grantee = 0 and a.privilege_type = 'CREATE'
          )
    ));
end
$pgwright$;
