-- Gives the settings ($1) that `names_in_full.sql` changed their values ($2) back. PostgreSQL 13-18.
select pg_catalog.set_config(name, value, true)
from unnest($1::text[], $2::text[]) as was (name, value)
