-- The name of this database, as the server's log says it. PostgreSQL 13-18.
select pg_catalog.current_database()::text as name
