-- The plans that a statement ($2) of a place ($1) had, the latest first. PostgreSQL 13-18.
select p.shape, p.skeleton, p.cost,
       pg_catalog.to_char(p.since at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
       pg_catalog.to_char(p.last_seen at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_seen,
       pg_catalog.to_char(pg_catalog.now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as now,
       p.seen
from pgwright.plans p
where p.place = $1 and p.statement = $2
order by p.last_seen desc, p.since desc
