-- A table ($2) at a place ($1) has these columns ($3) now. PostgreSQL 13-18.
insert into pgwright.quality_columns as c (place, relation, columns)
values ($1, $2, $3)
on conflict (place, relation) do update
set columns = excluded.columns, seen_at = pg_catalog.now()
