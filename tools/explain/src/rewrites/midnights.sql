-- Of these days ($1, ISO 8601) those for four hours around whose midnight the session's clock is not turned: there the time of the
-- clock and the time of the world go together, minute by quarter of an hour. PostgreSQL 13-18.
select wanted.day
from unnest($1::text[]) as wanted (day)
where (
    select bool_and(
        (wanted.day::timestamp::timestamptz + step * interval '15 minutes')::timestamp
            = wanted.day::timestamp + step * interval '15 minutes'
    )
    from generate_series(-16, 16) as step
)
