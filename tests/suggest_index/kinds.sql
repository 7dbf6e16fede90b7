-- One table for every kind of index, and as many NULLs, states and repetitions as such tables have.
create extension pg_trgm;
create table letters (
    id int primary key, sender text not null, state text not null, spam boolean not null, answered_at timestamp,
    at timestamp not null, tags text[] not null, doc jsonb not null, body text not null,
    words tsvector generated always as (to_tsvector('english', body)) stored
);
insert into letters
select n, (array['Anna', 'Ben', 'Carl'])[1 + n % 3] || '.' || substr(md5(n::text), 1, 9) || '@Mail.test',
    case when n % 200 = 0 then 'waiting' when n % 90 = 0 then 'lost' else 'done' end, n % 300 = 0,
    case when n % 50 <> 0 then '2024-01-02'::timestamp + n * interval '1 minute' end,
    '2024-01-01'::timestamp + n * interval '1 minute', array['tag-' || n % 2000, 'all'],
    jsonb_build_object('order', n % 40000, 'kind', 'letter'), 'about ' || md5((n * 3)::text) || ' and parcel ' || n
from generate_series(1, 200000) n;
vacuum analyze letters;
