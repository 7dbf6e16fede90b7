-- Gives extended statistics ($1) for their expressions the rows of pg_statistic that these indexes ($2) have. On the shadow
-- only. PostgreSQL 14-18.
update pg_catalog.pg_statistic_ext_data d
set stxdexpr = (
    select pg_catalog.array_agg(s order by given.place)
    from unnest($2::oid[]) with ordinality given (oid, place)
    join pg_catalog.pg_statistic s on s.starelid = given.oid and s.staattnum = 1
)
where d.stxoid = $1
