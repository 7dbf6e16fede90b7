-- Which of these types ($1) do not exist here. PostgreSQL 13-18.
select name
from unnest($1::text[]) name
where pg_catalog.to_regtype(name) is null
