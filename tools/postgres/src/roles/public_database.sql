
-- Temporary tables. Breaks applications and reports that create them.
do $pgwright$
begin
    if {{keep_text}} <> '' then
        execute pg_catalog.format('grant temporary on database %I to %s', pg_catalog.current_database(), {{keep_text}});
    end if;
    execute pg_catalog.format('revoke temporary on database %I from public', pg_catalog.current_database());
end
$pgwright$;
