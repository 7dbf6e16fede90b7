-- What the machine's PostgreSQL has of the extensions that reach out, look inside or run text, and traps made of them.
do $$
declare wanted text;
begin
    foreach wanted in array array['adminpack', 'citext', 'dblink', 'file_fdw', 'hstore', 'lo', 'pageinspect', 'pgcrypto',
        'pg_buffercache', 'pg_prewarm', 'pgrowlocks', 'pgstattuple', 'pg_surgery', 'pg_visibility', 'pg_walinspect',
        'postgres_fdw', 'tablefunc', 'unaccent', 'uuid-ossp', 'xml2'] loop
        begin
            execute format('create extension %I', wanted);
        exception when others then
            raise notice 'without %', wanted;
        end;
    end loop;
    if to_regproc('file_fdw_handler') is not null then
        create server files foreign data wrapper file_fdw;
        create foreign table secret_file (line text) server files options (filename '«dir»/secret.txt');
        create foreign table program_output (line text) server files options (program 'touch «dir»/program; echo x');
        create view view_of_program as select * from program_output;
    end if;
    if to_regproc('postgres_fdw_handler') is not null then
        create view trap.remote as select public.leave_volatile('remote') as mark;
        execute format($f$create server loopback foreign data wrapper postgres_fdw options (host '«host»', port '«port»', dbname %L)$f$, current_database());
        create user mapping for public server loopback options (user 'postgres', password 'CANARY_MAPPING');
        create foreign table remote_marks (mark boolean) server loopback options (schema_name 'trap', table_name 'remote');
    end if;
end $$;
