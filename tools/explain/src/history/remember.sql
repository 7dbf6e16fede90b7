-- A statement ($2) of a place ($1) has the plan of this shape ($3), skeleton ($4) and cost ($5); $6 says whether it had another
-- when it was last seen. PostgreSQL 13-18.
insert into pgwright.plans as p (place, statement, shape, skeleton, cost)
values ($1, $2, $3, $4, $5)
on conflict (place, statement, shape) do update
set skeleton = excluded.skeleton, cost = excluded.cost, last_seen = pg_catalog.clock_timestamp(), seen = p.seen + 1,
    since = case when $6 then pg_catalog.clock_timestamp() else p.since end
