-- Least-privilege roles for pgwright on a {{environment}} database, PostgreSQL 13-18. `pgwright roles` prints this and
-- runs none of it.
--
-- Run it connected to the database it is for, as a superuser:
--     psql -v ON_ERROR_STOP=1 -d {{shown_database}} -f roles.sql
-- The owner of the database and its tables can run it too, with CREATEROLE; notices tell what is left out then.
-- Run it again whenever you like: it changes nothing twice, and takes in what was created meanwhile.

begin;
