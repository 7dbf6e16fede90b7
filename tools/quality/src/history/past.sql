-- The last figure of each day of a check ($3) of a table ($2) at a place ($1), for 90 days, and how many days ago that was,
-- by the days of UTC. PostgreSQL 13-18.
select distinct on (f.day) (f.today - f.day)::int8 as days_ago, f.figure
from (
    select q.figure, q.measured_at,
           (q.measured_at at time zone 'UTC')::date as day,
           (pg_catalog.now() at time zone 'UTC')::date as today
    from pgwright.quality_figures q
    where q.place = $1 and q.relation = $2 and q."check" = $3
      and q.measured_at > pg_catalog.now() - interval '90 days'
) as f
order by f.day, f.measured_at desc
