
-- Grants on schemas go to the database that you are connected to.
do $pgwright$
begin
    if pg_catalog.current_database() <> {{database_text}} then
        raise exception 'this is database %, and the script is for %', pg_catalog.current_database(), {{database_text}};
    end if;
end
$pgwright$;
