
-- {{role}}: {{purpose}}
do $pgwright$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = {{role_text}}) then
        create role {{role}} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication;
    end if;
    if pg_catalog.current_setting('is_superuser') = 'on' then
        alter role {{role}} nosuperuser nobypassrls nocreatedb nocreaterole noreplication;
        alter role {{role}} set temp_file_limit = {{temp_file_limit}};
    else
        raise notice 'only a superuser can limit temporary files: temp_file_limit of % stays as it is', {{role_text}};
    end if;
    execute pg_catalog.format('grant connect{{temporary}} on database %I to %I', pg_catalog.current_database(), {{role_text}});
end
$pgwright$;
alter role {{role}} login {{inherit}} connection limit {{connections}};
alter role {{role}} set default_transaction_read_only = {{read_only}};
alter role {{role}} set statement_timeout = {{statement_timeout}};
alter role {{role}} set idle_in_transaction_session_timeout = {{idle_timeout}};
alter role {{role}} set lock_timeout = {{lock_timeout}};
