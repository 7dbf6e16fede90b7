-- The columns that a table ($2) at a place ($1) had, and when. PostgreSQL 13-18.
select c.columns, pg_catalog.to_char(c.seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as seen_at
from pgwright.quality_columns c
where c.place = $1 and c.relation = $2
