-- Every function with what it takes; harmless are those of PostgreSQL's own that it does not call volatile, and the user's
-- stand several times. PostgreSQL 13-18.
select n.nspname as schema, p.proname as name, p.prokind = 'a' as aggregate,
       array(select format_type(t, null) from unnest(p.proargtypes) with ordinality as a (t, place)
             where place <= p.pronargs order by place) as arguments,
       n.nspname = 'pg_catalog' and p.provolatile <> 'v' and p.prorettype <> 'internal'::regtype as harmless
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
cross join lateral generate_series(1, case when n.nspname in ('public', 'trap') and l.lanname <> 'c' then 8 else 1 end)
where n.nspname not like 'pg\_temp%' and p.prokind in ('f', 'a', 'p')
  and not 'internal'::regtype = any (p.proargtypes::oid[])
  and p.prorettype not in ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
  and p.proname !~ '(in|out|recv|send)$'
order by 1, 2, p.oid
