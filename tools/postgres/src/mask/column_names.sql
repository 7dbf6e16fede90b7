-- The names of columns ($1 OIDs of their relations, $2 their numbers). PostgreSQL 13-18.
select a.attrelid as relation, a.attnum as number, a.attname::text as name
from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) as wanted (relation, number)
join pg_catalog.pg_attribute a on a.attrelid = wanted.relation and a.attnum = wanted.number
