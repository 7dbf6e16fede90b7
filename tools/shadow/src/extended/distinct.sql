-- The distinct values that statistics know of these indexes' first parts ($1), in that order. PostgreSQL 13-18.
select coalesce(s.stadistinct, 0)::float4 as "distinct"
from unnest($1::oid[]) with ordinality given (oid, place)
left join pg_catalog.pg_statistic s on s.starelid = given.oid and s.staattnum = 1
order by given.place
