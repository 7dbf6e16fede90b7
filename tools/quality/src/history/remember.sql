-- A check ($3) of a table ($2) at a place ($1) measured this figure ($4) now. PostgreSQL 13-18.
insert into pgwright.quality_figures (place, relation, "check", measured_at, figure)
values ($1, $2, $3, pg_catalog.clock_timestamp(), $4)
on conflict do nothing
