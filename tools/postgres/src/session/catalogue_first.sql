-- Where a role's or database's search path names pg_catalog, it comes first all the same: pgwright's own statements, and its
-- judgement of callers', mean what is built in by the names of what is built in. Not by set_config, which a role may be
-- denied; and not by the setting's text, which may be in capitals. PostgreSQL 13-18.
do $path$
begin
    if (select named.schema
        from pg_catalog.unnest(pg_catalog.current_schemas(true)::pg_catalog.text[]) with ordinality named (schema, place)
        where not pg_catalog.starts_with(named.schema, 'pg_temp_')
        order by named.place
        limit 1) operator(pg_catalog.<>) 'pg_catalog' then
        execute pg_catalog.concat('set local search_path = pg_catalog', (
            select pg_catalog.string_agg(pg_catalog.concat(', ', pg_catalog.quote_ident(named.schema)), '' order by named.place)
            from pg_catalog.unnest(pg_catalog.current_schemas(false)::pg_catalog.text[]) with ordinality named (schema, place)
            where named.schema operator(pg_catalog.<>) 'pg_catalog'
        ));
    end if;
end
$path$
