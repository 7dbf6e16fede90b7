-- The schema of pgwright's own state in a database. PostgreSQL 13-18.
create schema if not exists pgwright
